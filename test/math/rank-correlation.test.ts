import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partialRankCorrelation, rankCorrelation } from '../../src/math/rank-correlation.ts';

const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 5, maxLength: 5 });

describe('the rank correlation', () => {
  it('is that of the ranks, by the textbook example of intelligence and television', () => {
    // Without ties: 1 - 6 sum(d^2) / (n (n^2 - 1)), with sum(d^2) = 194 and n = 10.
    const intelligence = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
    const television = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
    expect(rankCorrelation(intelligence, television)).toBeCloseTo(-29 / 165, 14);
  });

  it('gives equal values the mean of their ranks', () => {
    // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: products 4.5, squares 4.5 and 5.
    expect(rankCorrelation([1, 2, 2, 3], [10, 20, 30, 40])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 14);
    // Ranks 2, 2, 2, 4 and 1.5, 3, 1.5, 4: products 3, squares 3 and 4.5.
    expect(rankCorrelation([0, 0, 0, 9], [5, 6, 5, 7])).toBeCloseTo(3 / Math.sqrt(3 * 4.5), 14);
  });

  it('is 1 and -1 for the same order and its reverse, 0 for none, and null for a constant', () => {
    expect(rankCorrelation([1, 10, 100], [-3, 0, Infinity])).toBe(1);
    expect(rankCorrelation(Float64Array.of(1, 10, 100), [5, 4, -Infinity])).toBe(-1);
    expect(rankCorrelation([1, 2, 3, 4], [1, 2, 2, 1])).toBe(0);
    expect(rankCorrelation([7, 7, 7], [1, 2, 3])).toBeNull();
    expect(rankCorrelation([Infinity, Infinity], [1, 2])).toBeNull();
  });

  it('is the same for both sides, under any rising map and in any order of the pairs', () => {
    fc.assert(
      fc.property(values, values, (x, y) => {
        const rho = rankCorrelation(x, y);
        expect(rankCorrelation(y, x)).toBe(rho);
        expect(rankCorrelation(x.map(Math.exp), y)).toBe(rho);
        expect(rankCorrelation(x.toReversed(), y.toReversed())).toBe(rho);
        const opposite = rankCorrelation(
          x.map((value) => -value),
          y,
        );
        expect(opposite === null ? null : -opposite + 0).toBe(rho === null ? null : rho + 0);
        expect(Math.abs(rho ?? 0)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('refuses sides of different lengths, no values, and NaN', () => {
    expect(() => rankCorrelation([1, 2], [1])).toThrow('as many values on both sides, got 2 and 1');
    expect(() => rankCorrelation([], [])).toThrow(RangeError);
    expect(() => rankCorrelation([1, Number.NaN], [1, 2])).toThrow('NaN has no rank');
  });
});

describe('the partial rank correlation', () => {
  it('is what the formula gives, by hand', () => {
    // Ranks x 1 2 3 4, y 2 1 4 3, z 1 3 2 4: xy = 0.6, xz = 0.8, yz = 0.
    expect(partialRankCorrelation([1, 2, 3, 4], [2, 1, 4, 3], [1, 3, 2, 4])).toBeCloseTo(0.6 / Math.sqrt(0.36), 14);
    // y 1 2 4 3: xy = 0.8, xz = 0.8, yz = 0.4.
    expect(partialRankCorrelation([1, 2, 3, 4], [1, 2, 4, 3], [1, 3, 2, 4])).toBeCloseTo(
      (0.8 - 0.8 * 0.4) / Math.sqrt(0.36 * 0.84),
      14,
    );
  });

  it('is the plain one where z is related to neither, and null where z orders one of them completely', () => {
    const [x, y, z] = [
      [1, 2, 3, 4],
      [1, 3, 2, 4],
      [1, 2, 2, 1],
    ] as const;
    expect(partialRankCorrelation(x, y, z)).toBeCloseTo(rankCorrelation(x, y) as number, 14);
    expect(partialRankCorrelation(x, y, x)).toBeNull();
    expect(partialRankCorrelation(x, y, [3, 3, 3, 3])).toBeNull();
  });
});
