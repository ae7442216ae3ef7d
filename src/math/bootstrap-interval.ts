import type { Random } from './random.ts';
import { quantile } from './statistics.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Share of the resamples' values inside the interval. @default 0.95 */
  readonly level?: number;
  /** Number of resamples. @default 2000 */
  readonly resamples?: number;
}

/**
 * Interval of a statistic by the percentile bootstrap: the statistic is taken of resamples of the observations, drawn
 * with replacement, and the interval holds the middle of its values.
 * Source: Efron (1979), "Bootstrap methods: another look at the jackknife".
 *
 * @param count number of observations
 * @param statistic takes a resample as indices of observations; null if the statistic is not defined for it
 * @returns null if the statistic is defined for less than half of the resamples
 * @throws RangeError if there are no observations
 */
export function bootstrapInterval(
  count: number,
  statistic: (resample: Uint32Array) => number | null,
  random: Random,
  { level = 0.95, resamples = 2000 }: BootstrapOptions = {},
): Interval | null {
  if (count < 1) throw new RangeError(`bootstrapInterval needs at least 1 observation, got ${count}`);
  const values: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const value = statistic(Uint32Array.from({ length: count }, () => random.integer(count)));
    if (value !== null) values.push(value);
  }
  if (values.length < resamples / 2) return null;
  const tail = (1 - level) / 2;
  return { low: quantile(values, tail), high: quantile(values, 1 - tail) };
}
