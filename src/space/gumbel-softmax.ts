import type { Random } from '../math/random.ts';
import { softmaxRows } from '../math/softmax-rows.ts';
import { relaxBackward } from './relaxation.ts';

/**
 * Draws standard Gumbel variates, -ln(Exponential(1)). They are finite: an exponential variate of 0 is drawn again.
 *
 * @param size number of entries of alpha, one variate for each
 */
export function drawGumbels(random: Random, size: number): Float64Array {
  const draw = (): number => {
    const gumbel = -Math.log(-Math.log(1 - random.uniform()));
    return Number.isFinite(gumbel) ? gumbel : draw();
  };
  return Float64Array.from({ length: size }, draw);
}

/**
 * Computes the probabilities of GDAS (Dong and Yang 2019, "Searching for a robust neural architecture in four GPU hours",
 * eq. 3-7), which are the mixing weights of SNAS (Xie et al. 2019, "SNAS: stochastic neural architecture search"):
 *
 *     p = softmax((log softmax(alpha) + G) / tau)
 *
 * The softmax over a row does not see that log softmax(alpha) differs from alpha by a constant.
 *
 * @param alpha `[edges, columns]`, row-major
 * @param gumbels G, laid out like alpha
 * @param tau temperature, above 0: near 0 one column takes the whole row, at infinity all are equal
 */
export function gumbelSoftmax(alpha: Float64Array, gumbels: Float64Array, tau: number, columns: number): Float64Array {
  return softmaxRows(
    alpha.map((entry, i) => (entry + gumbels[i]!) / tau),
    columns,
  );
}

/**
 * Samples a column of every row: k = argmax of p, which is that of alpha + G for every temperature, so that column i is
 * sampled with probability softmax(alpha)_i. The first of equal columns is taken.
 */
export function sampleColumns(alpha: Float64Array, gumbels: Float64Array, columns: number): number[] {
  const noisy = alpha.map((entry, i) => entry + gumbels[i]!);
  return Array.from({ length: alpha.length / columns }, (_, row) => {
    const entries = noisy.subarray(row * columns, (row + 1) * columns);
    return entries.indexOf(Math.max(...entries));
  });
}

/** Mixing weights of sampled columns: 1 for the sampled column of each row, 0 for all others. */
export function oneHotRows(sampled: readonly number[], columns: number): Float64Array {
  const mixing = new Float64Array(sampled.length * columns);
  for (const [row, column] of sampled.entries()) mixing[row * columns + column] = 1;
  return mixing;
}

/**
 * Computes the gradient in alpha from the gradient q in the probabilities, or in one-hot mixing weights, which
 * differentiate like the probabilities (straight through):
 *
 *     dL/dalpha_i = p_i (q_i - sum over the row of p_j q_j) / tau
 *
 * GDAS evaluates sampled columns only: there q is dL/dM on them, and 0 elsewhere.
 *
 * @param probabilities p, of `gumbelSoftmax`
 * @param gradient q, laid out like p
 */
export function gumbelSoftmaxBackward(
  probabilities: Float64Array,
  gradient: Float64Array,
  tau: number,
  columns: number,
): Float64Array {
  return relaxBackward('softmax', probabilities, gradient, columns).map((entry) => entry / tau);
}
