import { mean, standardDeviation } from '../../src/math/statistics.ts';

/** Where the values of several seeds lie. */
export interface MeanSpread {
  readonly mean: number;
  /** Standard deviation over the seeds (divisor n - 1); null of a single one. */
  readonly sd: number | null;
  readonly min: number;
  readonly max: number;
  /** Number of values. */
  readonly count: number;
}

/**
 * @param scale by which the values are multiplied, e.g. 100 where shares are to be percentages. @default 1
 * @returns null where there are no values
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
