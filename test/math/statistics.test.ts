import { describe, expect, it } from 'vitest';
import { mean, median, quantile, standardDeviation } from '../../src/math/statistics.ts';

describe('statistics', () => {
  it('mean and sample standard deviation', () => {
    expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 14);
    expect(standardDeviation(Float32Array.of(3, 3, 3))).toBe(0);
  });

  it('loses no precision to a large common offset', () => {
    expect(standardDeviation([1e9 + 1, 1e9 + 2, 1e9 + 3])).toBe(1);
  });

  it('quantile: interpolates between the nearest, as R and NumPy do by default', () => {
    const values = [9, 1, 5, 3];
    expect([0, 0.1, 0.25, 0.5, 0.75, 1].map((f) => quantile(values, f))).toEqual([1, 1.6, 2.5, 4, 6, 9]);
    expect(values).toEqual([9, 1, 5, 3]);
  });

  it('median: of odd and even counts, and beside infinite values', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([1, 2, Infinity])).toBe(2);
    expect(median([Infinity, Infinity])).toBe(Infinity);
  });

  it('refuses too few values, and fractions outside [0, 1]', () => {
    expect(() => mean([])).toThrow(new RangeError('mean needs at least 1 values, got 0'));
    expect(() => standardDeviation([1])).toThrow(new RangeError('standardDeviation needs at least 2 values, got 1'));
    expect(() => quantile([], 0.5)).toThrow(RangeError);
    expect(() => quantile([1], 1.1)).toThrow(new RangeError('fraction must be from 0 to 1, got 1.1'));
  });
});
