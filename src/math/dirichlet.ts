import { digamma, logGamma, trigamma } from './gamma-function.ts';
import { type Random, SMALLEST_SHAPE, sampleLogGamma } from './random.ts';
import { softmaxRows } from './softmax-rows.ts';

/** Smallest normal number: no entry of a sample is below it. */
const SMALLEST = 2 ** -1022;

/**
 * Draws from the Dirichlet distribution: gamma variates over their sum. Their logarithms are used, so that no concentration
 * underflows, and no entry is 0.
 *
 * @param concentration positive numbers, one an entry
 * @returns positive numbers that sum to 1
 * @throws RangeError if a concentration is not finite or is below 1e-300
 */
export function sampleDirichlet(random: Random, concentration: ArrayLike<number>): Float64Array {
  const logs = Float64Array.from(concentration, (shape) => {
    if (!(shape >= SMALLEST_SHAPE && shape < Infinity)) {
      throw new RangeError(`a concentration must be finite and at least ${SMALLEST_SHAPE}, got ${shape}`);
    }
    return sampleLogGamma(random, shape);
  });
  return softmaxRows(logs, logs.length).map((entry) => Math.max(entry, SMALLEST));
}

/**
 * Kullback-Leibler divergence of a Dirichlet distribution from the uniform one, whose n concentrations are 1. With C the
 * sum of all c_i:
 *
 *     KL = ln Gamma(C) - ln Gamma(n) - sum of ln Gamma(c_i) + sum of (c_i - 1) (psi(c_i) - psi(C))
 *
 * @param concentration `[n]` c, positive
 * @returns at least 0, to rounding; 0 if all concentrations are 1
 */
export function divergeFromUniform(concentration: ArrayLike<number>): number {
  const c = Float64Array.from(concentration);
  const total = sumOf(c);
  const ofTotal = digamma(total);
  return c.reduce(
    (kl, shape) => kl - logGamma(shape) + (shape - 1) * (digamma(shape) - ofTotal),
    logGamma(total) - logGamma(c.length),
  );
}

/** Gradient of `divergeFromUniform` in the concentrations: (c_i - 1) psi'(c_i) - (C - n) psi'(C). */
export function divergenceGradient(concentration: ArrayLike<number>): Float64Array {
  const c = Float64Array.from(concentration);
  const total = sumOf(c);
  const common = (total - c.length) * trigamma(total);
  return c.map((shape) => (shape - 1) * trigamma(shape) - common);
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
