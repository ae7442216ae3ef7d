import { mean } from './statistics.ts';

/**
 * Spearman's rank correlation: the linear correlation of the ranks. Equal values share the mean of their ranks.
 *
 * @returns rho, from -1 to 1; null if all values of one side are equal
 * @throws RangeError if the two differ in length, are empty, or hold NaN
 */
export function rankCorrelation(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  if (x.length !== y.length) {
    throw new RangeError(`a rank correlation needs as many values on both sides, got ${x.length} and ${y.length}`);
  }
  return linearCorrelation(ranksOf(x), ranksOf(y));
}

/**
 * Rank correlation of x and y with z held fixed: what is left once the part of each that follows z is taken out
 * (Kendall, Stuart: partial correlation of first order, on ranks).
 *
 * @returns from -1 to 1; null if a side is constant, or z alone orders x or y completely
 * @throws RangeError as `rankCorrelation` does
 */
export function partialRankCorrelation(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  z: ArrayLike<number>,
): number | null {
  const [xy, xz, yz] = [rankCorrelation(x, y), rankCorrelation(x, z), rankCorrelation(y, z)];
  if (xy === null || xz === null || yz === null) return null;
  const rest = (1 - xz * xz) * (1 - yz * yz);
  if (rest < 1e-12) return null; // 0 but for rounding
  return clamp((xy - xz * yz) / Math.sqrt(rest));
}

/** Ranks from 1 to n, ascending. Equal values share the mean of their ranks. */
function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (value, index) => ({ value, index }));
  if (order.some(({ value }) => Number.isNaN(value))) throw new RangeError('NaN has no rank');
  order.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0)); // a difference of infinities is NaN
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    const { value } = order[start] as { value: number };
    let end = start + 1;
    while (order[end]?.value === value) end++;
    for (const { index } of order.slice(start, end)) ranks[index] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Pearson's correlation; null if a side is constant. */
function linearCorrelation(x: Float64Array, y: Float64Array): number | null {
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [(x[i] as number) - meanX, (y[i] as number) - meanY];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx === 0 || yy === 0 ? null : clamp(xy / Math.sqrt(xx * yy));
}

/** Takes back what rounding adds beyond 1. */
function clamp(correlation: number): number {
  return Math.min(1, Math.max(-1, correlation));
}
