/**
 * Arithmetic mean.
 *
 * @throws RangeError if there are no values
 */
export function mean(values: ArrayLike<number>): number {
  checkCount('mean', values, 1);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/**
 * Sample standard deviation (divisor n - 1).
 *
 * @throws RangeError if there are fewer than 2 values
 */
export function standardDeviation(values: ArrayLike<number>): number {
  checkCount('standardDeviation', values, 2);
  const center = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += ((values[i] as number) - center) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}

/**
 * Quantile: the value below which a fraction of the values lies, interpolated linearly between the two nearest (R's
 * type 7).
 *
 * @param fraction from 0 (the smallest) to 1 (the largest)
 * @throws RangeError if there are no values, or the fraction is outside [0, 1]
 */
export function quantile(values: ArrayLike<number>, fraction: number): number {
  checkCount('quantile', values, 1);
  if (!(fraction >= 0 && fraction <= 1)) throw new RangeError(`fraction must be from 0 to 1, got ${fraction}`);
  const sorted = Float64Array.from(values).sort();
  const place = fraction * (sorted.length - 1);
  const below = Math.floor(place);
  const lower = sorted[below] as number;
  const upper = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  const weight = place - below;
  // Without this, infinite values would give NaN.
  if (weight === 0 || lower === upper) return lower;
  return lower + (upper - lower) * weight;
}

/**
 * Median: the quantile of 1/2.
 *
 * @throws RangeError if there are no values
 */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

function checkCount(name: string, values: ArrayLike<number>, least: number): void {
  if (values.length < least) throw new RangeError(`${name} needs at least ${least} values, got ${values.length}`);
}
