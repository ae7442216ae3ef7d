import { mean, median, standardDeviation } from '../../src/math/statistics.ts';

/** Median and range of the values of several seeds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Mean, standard deviation and range of the values of several seeds. */
export interface MeanSpread {
  readonly mean: number;
  /** Standard deviation over the seeds (divisor n - 1); null for a single one. */
  readonly sd: number | null;
  readonly min: number;
  readonly max: number;
  /** Number of values. */
  readonly count: number;
}

/** A mean and its interval. */
export interface MeanInterval {
  readonly mean: number;
  /** Ends of the 95% t interval; null if there are too few values for one. */
  readonly low: number | null;
  readonly high: number | null;
  /** Number of values. */
  readonly count: number;
}

/** @throws RangeError if there are no values */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * @param scale factor of the values, e.g. 100 to turn shares into percentages. @default 1
 * @returns null if there are no values
 */
export function meanSpreadOf(values: readonly number[], scale = 1): MeanSpread | null {
  if (values.length === 0) return null;
  const scaled = values.map((value) => scale * value);
  return {
    mean: mean(scaled),
    sd: scaled.length < 2 ? null : standardDeviation(scaled),
    min: Math.min(...scaled),
    max: Math.max(...scaled),
    count: scaled.length,
  };
}
