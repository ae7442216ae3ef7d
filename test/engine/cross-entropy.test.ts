import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from '../../src/engine/cross-entropy.ts';

const logits = fc.integer({ min: 2, max: 6 }).chain((classes) =>
  fc.integer({ min: 1, max: 5 }).chain((batch) =>
    fc.record({
      classes: fc.constant(classes),
      logits: fc
        .array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: batch * classes, maxLength: batch * classes })
        .map((values) => Float32Array.from(values)),
      labels: fc
        .array(fc.nat(classes - 1), { minLength: batch, maxLength: batch })
        .map((values) => Uint16Array.from(values)),
    }),
  ),
);

describe('classify', () => {
  it('of equal logits is the logarithm of the classes', () => {
    const { loss, perExample } = classify(new Float32Array(20).fill(3), Uint16Array.of(0, 9));
    expect(loss).toBeCloseTo(Math.log(10), 12);
    expect(perExample).toEqual(Float32Array.of(Math.log(10), Math.log(10)));
  });

  it('is -log softmax at the label, averaged over the examples', () => {
    fc.assert(
      fc.property(logits, ({ classes, logits: values, labels }) => {
        const { loss, perExample } = classify(values, labels);
        let sum = 0;
        for (const [i, label] of labels.entries()) {
          const row = [...values.subarray(i * classes, (i + 1) * classes)];
          const expected = -Math.log(Math.exp(row[label] as number) / row.reduce((all, x) => all + Math.exp(x), 0));
          // perExample is float32
          expect(Math.abs((perExample[i] as number) - expected)).toBeLessThan(1e-6 * (1 + expected));
          sum += expected;
        }
        expect(loss).toBeCloseTo(sum / labels.length, 8);
      }),
    );
  });

  it('does not change where all logits of an example are shifted', () => {
    fc.assert(
      fc.property(logits, fc.integer({ min: -8, max: 8 }), ({ logits: values, labels }, shift) => {
        const whole = values.map(Math.round);
        const moved = classify(
          whole.map((x) => x + shift),
          labels,
        );
        // Whole numbers: the shift itself is exact.
        expect(moved.loss).toBeCloseTo(classify(whole, labels).loss, 12);
        expect(moved.correct).toBe(classify(whole, labels).correct);
      }),
    );
  });

  it('stays finite for logits that would overflow', () => {
    const { loss, perExample, correct } = classify(Float32Array.of(1e30, -1e30, 0), Uint16Array.of(0));
    expect([loss, perExample[0], correct]).toEqual([0, 0, 1]);
    expect(classify(Float32Array.of(1000, 0), Uint16Array.of(1)).loss).toBe(1000);
  });

  it('tells nearly equal losses apart, where float32 would not', () => {
    const [low, high] = [Float32Array.of(0, 20), Float32Array.of(0, 20 - 2 ** -18)];
    const label = Uint16Array.of(1);
    expect(classify(low, label).loss).toBeLessThan(classify(high, label).loss);
  });

  it('counts examples whose label has the largest logit, of equal ones the first', () => {
    const rows = Float32Array.of(0, 2, 1, /**/ 2, 2, 1, /**/ 2, 2, 1, /**/ -3, -2, -1);
    expect(classify(rows, Uint16Array.of(1, 0, 1, 0)).correct).toBe(2);
  });

  it('is NaN for logits that are not a number, and counts nothing', () => {
    const { loss, correct } = classify(Float32Array.of(Number.NaN, 0), Uint16Array.of(1));
    expect([loss, correct]).toEqual([Number.NaN, 0]);
  });
});
