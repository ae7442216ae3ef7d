/** Largest distance between a sample's distribution function and `cdf`. */
export function kolmogorovSmirnov(sample: Float64Array, cdf: (x: number) => number): number {
  const sorted = sample.toSorted();
  let distance = 0;
  for (const [i, x] of sorted.entries()) {
    const expected = cdf(x);
    distance = Math.max(distance, expected - i / sorted.length, (i + 1) / sorted.length - expected);
  }
  return distance;
}

/** Distance that a sample of the right distribution exceeds once in a million times: sqrt(ln(2 / 1e-6) / 2n). */
export function ksLimit(size: number): number {
  return Math.sqrt(Math.log(2e6) / (2 * size));
}
