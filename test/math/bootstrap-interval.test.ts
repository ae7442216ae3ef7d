import { describe, expect, it } from 'vitest';
import { bootstrapInterval } from '../../src/math/bootstrap-interval.ts';
import { Random } from '../../src/math/random.ts';
import { mean } from '../../src/math/statistics.ts';

const meanOf =
  (values: readonly number[]) =>
  (resample: Uint32Array): number =>
    mean(Array.from(resample, (i) => values[i] as number));

describe('the bootstrap interval', () => {
  it('is that of the mean by its standard error', () => {
    const random = Random.fromSeed(0, 'values');
    const values = Array.from({ length: 400 }, () => random.normal());
    const center = mean(values);
    const variance = mean(values.map((value) => (value - center) ** 2));
    const half = 1.96 * Math.sqrt(variance / values.length);
    const interval = bootstrapInterval(values.length, meanOf(values), Random.fromSeed(1));
    // The ends are quantiles of 2,000 values near the normal one: a tenth of the half width is three standard errors.
    expect(Math.abs((interval?.low as number) - (center - half))).toBeLessThan(half / 10);
    expect(Math.abs((interval?.high as number) - (center + half))).toBeLessThan(half / 10);
  });

  it('is narrower at a lower level, and the same for the same generator', () => {
    const values = [1, 4, 2, 8, 5, 7];
    const at = (level: number) => bootstrapInterval(6, meanOf(values), Random.fromSeed(2), { level, resamples: 500 });
    const [wide, narrow] = [at(0.95), at(0.5)];
    expect(narrow?.low).toBeGreaterThan(wide?.low as number);
    expect(narrow?.high).toBeLessThan(wide?.high as number);
    expect(at(0.95)).toEqual(wide);
  });

  it('leaves out resamples without a value, and is null if they are most', () => {
    let calls = 0;
    const third = (): number | null => (calls++ % 3 === 0 ? null : 1);
    expect(bootstrapInterval(3, third, Random.fromSeed(3), { resamples: 30 })).toEqual({ low: 1, high: 1 });
    expect(calls).toBe(30);
    expect(bootstrapInterval(3, () => null, Random.fromSeed(3), { resamples: 30 })).toBeNull();
    expect(() => bootstrapInterval(0, () => 1, Random.fromSeed(3))).toThrow(RangeError);
  });
});
