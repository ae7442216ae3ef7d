import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balancedOrder } from '../../src/data/balanced-order.ts';
import { Random } from '../../src/math/random.ts';

const given = fc.record({
  labels: fc.array(fc.nat(5), { minLength: 1, maxLength: 40 }),
  places: fc.integer({ min: 0, max: 120 }),
  seed: fc.nat(1000),
});

const orderOf = (labels: readonly number[], places: number, seed: number): Uint32Array => {
  const indices = Uint32Array.from(labels, (_, i) => labels.length - 1 - i);
  return balancedOrder(Uint16Array.from(labels), indices, places, Random.fromSeed(seed, 'order'));
};

/** How often each value comes. */
const countsOf = (values: Iterable<number>): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);

describe('balancedOrder', () => {
  it('gives each class that occurs as many places, within one', () => {
    fc.assert(
      fc.property(given, ({ labels, places, seed }) => {
        const order = orderOf(labels, places, seed);
        expect(order.length).toBe(places);
        const counts = countsOf([...order].map((index) => labels[index] as number));
        expect(spread([...new Set(labels)].map((label) => counts.get(label) ?? 0))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('draws no picture twice more than another of its class', () => {
    fc.assert(
      fc.property(given, ({ labels, places, seed }) => {
        const counts = countsOf(orderOf(labels, places, seed));
        for (const label of new Set(labels)) {
          const own = labels.flatMap((other, index) => (other === label ? [counts.get(index) ?? 0] : []));
          expect(spread(own)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('is a permutation where all classes are equally large', () => {
    const labels = Array.from({ length: 30 }, (_, i) => i % 3);
    expect([...orderOf(labels, 30, 1)].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    expect(orderOf(labels, 30, 1)).not.toEqual(orderOf(labels, 30, 2));
    expect(orderOf(labels, 30, 1)).toEqual(orderOf(labels, 30, 1));
  });

  it('mixes the classes, and draws the places left over anew for each seed', () => {
    const labels = Array.from({ length: 90 }, (_, i) => (i < 80 ? 0 : 1));
    const firsts = Array.from({ length: 40 }, (_, seed) => labels[orderOf(labels, 9, seed)[0] as number] as number);
    expect(new Set(firsts)).toEqual(new Set([0, 1]));
    const ones = Array.from({ length: 40 }, (_, seed) => {
      return orderOf(labels, 9, seed).filter((index) => labels[index] === 1).length;
    });
    expect(new Set(ones)).toEqual(new Set([4, 5]));
  });
});
