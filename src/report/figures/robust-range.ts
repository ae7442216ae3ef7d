import { quantile } from '../../math/statistics.ts';

/** Fewest values among which some can be called far away. */
const FEWEST = 8;

/** Least factor by which the near values must gain in height. */
const GAIN = 3;

/** The rule of `robustRange`, for people. */
const CUT_RULE =
  'Values are cut off that lie farther than three interquartile ranges from the middle half, if the others then have ' +
  'at least three times the height';

/**
 * Finds the range that shows most values well: without those that lie farther than three interquartile ranges from the
 * middle half (the outer fences of Tukey 1977, Exploratory Data Analysis).
 *
 * @returns null if all values are to be shown: few lie far away, or little is gained without them
 */
export function robustRange(values: readonly number[]): readonly [number, number] | null {
  if (values.length < FEWEST) return null;
  const [lower, upper] = [quantile(values, 0.25), quantile(values, 0.75)];
  const reach = 3 * (upper - lower);
  const near = values.filter((value) => value >= lower - reach && value <= upper + reach);
  const [low, high] = rangeOf(near);
  const [lowest, highest] = rangeOf(values);
  return high > low && highest - lowest >= GAIN * (high - low) ? [low, high] : null;
}

/** Says how many values are cut off, and by which rule. */
export function describeCut(values: readonly number[], [low, high]: readonly [number, number]): string {
  const beyond = values.filter((value) => value < low || value > high);
  const [lowest, highest] = rangeOf(beyond).map((value) => Number(value.toPrecision(3)));
  return `${CUT_RULE}: here ${lowest === highest ? lowest : `values from ${lowest} to ${highest}`}.`;
}

function rangeOf(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}
