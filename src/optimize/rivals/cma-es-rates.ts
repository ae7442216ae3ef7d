/** The rates at which a distribution learns: the tutorial's Table 1. */
export interface LearningRates {
  /** `[population]` w by rank: positive for the better half, then summing to 1; 0 or negative for the rest */
  readonly weights: Float64Array;
  readonly muEff: number;
  /** c_sigma and d_sigma: how fast the path of the step size forgets, and how much the step size follows it. */
  readonly sigmaRate: number;
  readonly sigmaDamping: number;
  /** c_c: how fast the path of the covariance forgets. */
  readonly pathRate: number;
  /** c_1 */
  readonly rankOneRate: number;
  /** c_mu */
  readonly rankMuRate: number;
}

/** The constants of the tutorial's Table 1. */
export function deriveRates(n: number, population: number): LearningRates {
  const middle = Math.log((population + 1) / 2);
  const raw = Float64Array.from({ length: population }, (_, i) => middle - Math.log(i + 1)); // eq. 49
  const parents = Math.floor(population / 2);
  const [better, worse] = [total(raw.subarray(0, parents)), total(raw.subarray(parents))];
  const muEff = better.sum ** 2 / better.squares;
  const muEffWorse = worse.sum ** 2 / worse.squares;
  const sigmaRate = (muEff + 2) / (n + muEff + 5); // eq. 55
  const rankOneRate = 2 / ((n + 1.3) ** 2 + muEff); // eq. 57
  const rankMuRate = Math.min(1 - rankOneRate, (2 * (muEff - 2 + 1 / muEff)) / ((n + 2) ** 2 + muEff)); // eq. 58
  const negative = Math.min(
    1 + rankOneRate / rankMuRate, // eq. 50
    1 + (2 * muEffWorse) / (muEff + 2), // eq. 51
    (1 - rankOneRate - rankMuRate) / (n * rankMuRate), // eq. 52
  );
  return {
    weights: raw.map((weight) => (weight >= 0 ? weight / better.sum : (weight / -worse.sum) * negative)), // eq. 53
    muEff,
    sigmaRate,
    sigmaDamping: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + sigmaRate, // eq. 55
    pathRate: (4 + muEff / n) / (n + 4 + (2 * muEff) / n), // eq. 56
    rankOneRate,
    rankMuRate,
  };
}

function total(values: Float64Array): { sum: number; squares: number } {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return { sum, squares };
}
