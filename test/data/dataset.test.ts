import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError, splitTrainingSet } from '../../src/data/dataset.ts';

describe('splitTrainingSet', () => {
  it('gives two disjoint halves of trainSize distinct pictures', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), (count, seed, less) => {
        const trainSize = Math.max(2, count - (less % count));
        const { weights, alpha } = splitTrainingSet(count, seed, { trainSize });
        const used = new Set([...weights, ...alpha]);
        expect(weights.length).toBe(Math.floor(trainSize / 2));
        expect(used.size).toBe(trainSize);
        expect(weights.length + alpha.length).toBe(trainSize);
        expect(Math.max(...used)).toBeLessThan(count);
      }),
    );
  });

  it('covers the whole training set by default', () => {
    const { weights, alpha } = splitTrainingSet(101, 3);
    expect([...weights, ...alpha].sort((a, b) => a - b)).toEqual(Array.from({ length: 101 }, (_, i) => i));
  });

  it('depends on the seed only', () => {
    const split = (seed: number) => splitTrainingSet(1000, seed, { trainSize: 100 });
    expect(split(1)).toEqual(split(1));
    expect(split(1).weights).not.toEqual(split(2).weights);
  });

  it('is the same in every release', () => {
    // Drawn by the first release: a resumed or repeated search must see the same halves.
    const { weights, alpha } = splitTrainingSet(50_000, 0);
    expect([...weights.subarray(0, 4)]).toEqual([1529, 10033, 19490, 21178]);
    expect([...alpha.subarray(0, 4)]).toEqual([3289, 32316, 30668, 39548]);
  });

  it('takes smaller sizes from the same permutation', () => {
    const whole = splitTrainingSet(1000, 5);
    const small = splitTrainingSet(1000, 5, { trainSize: 100 });
    expect([...small.weights, ...small.alpha]).toEqual([...whole.weights.subarray(0, 100)]);
  });

  it('draws its pictures from the whole set', () => {
    const { weights } = splitTrainingSet(50_000, 0, { trainSize: 5000 });
    const mean = weights.reduce((sum, i) => sum + i, 0) / weights.length;
    // The mean of 2,500 uniform draws is 24,999.5, with a standard deviation of 289; the tolerance is five of them.
    expect(Math.abs(mean - 24_999.5)).toBeLessThan(1443);
  });

  it('refuses sizes that the set does not have', () => {
    expect(() => splitTrainingSet(200, 0, { trainSize: 201 })).toThrow(DataError);
    expect(() => splitTrainingSet(200, 0, { trainSize: 201 })).toThrow('the 200 pictures of the training set, got 201');
    for (const trainSize of [1, 0, -2, 10.5, Number.NaN]) {
      expect(() => splitTrainingSet(200, 0, { trainSize })).toThrow(RangeError);
    }
  });
});
