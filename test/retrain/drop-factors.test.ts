import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DropRequest, drawDropFactors } from '../../src/retrain/drop-factors.ts';

const REQUEST: DropRequest = { seed: 1, step: 7, pictures: 96, columns: 160, probability: 0.2 };

it('are 0 or the inverse of the chance to be kept, one for each picture and operation', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(9), fc.nat(9), fc.double({ min: 0, max: 0.99, noNaN: true }), (step, n, m, p) => {
      const factors = drawDropFactors({ seed: 0, step, pictures: n, columns: m, probability: p });
      expect(factors.length).toBe(n * m);
      const kept = Math.fround(1 / (1 - p));
      expect(factors.every((factor) => factor === 0 || factor === kept)).toBe(true);
    }),
  );
});

it('leave out the share that was asked for, so that their mean is 1', () => {
  for (const probability of [0.05, 0.2, 0.5, 0.9]) {
    const factors = drawDropFactors({ ...REQUEST, probability });
    const dropped = factors.filter((factor) => factor === 0).length / factors.length;
    const deviation = Math.sqrt((probability * (1 - probability)) / factors.length);
    expect(Math.abs(dropped - probability)).toBeLessThan(4 * deviation);
    const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length;
    expect(Math.abs(mean - 1)).toBeLessThan((4 * deviation) / (1 - probability));
  }
});

it('are all 1 where nothing is left out', () => {
  expect(new Set(drawDropFactors({ ...REQUEST, probability: 0 }))).toEqual(new Set([1]));
});

it('are a pure function of seed and step, and others for others', () => {
  expect(drawDropFactors(REQUEST)).toEqual(drawDropFactors(REQUEST));
  const drawn = [REQUEST, { ...REQUEST, seed: 2 }, { ...REQUEST, step: 8 }].map((r) => drawDropFactors(r).join());
  expect(new Set(drawn).size).toBe(3);
  // Pictures are independent: no two of the 96 lose the same of 160 operations.
  const rows = Array.from({ length: 96 }, (_, i) =>
    drawDropFactors(REQUEST)
      .subarray(i * 160, (i + 1) * 160)
      .join(),
  );
  expect(new Set(rows).size).toBe(96);
});

it('refuse a chance that leaves nothing', () => {
  for (const probability of [1, -0.1, Number.NaN]) {
    expect(() => drawDropFactors({ ...REQUEST, probability })).toThrow('probability must be at least 0 and below 1');
  }
});
