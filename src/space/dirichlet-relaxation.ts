import { divergeFromUniform, divergenceGradient, sampleDirichlet } from '../math/dirichlet.ts';
import { logOddsDerivative } from '../math/log-odds-derivative.ts';
import type { Random } from '../math/random.ts';
import { relaxBackward } from './relaxation.ts';

/*
 * The relaxation of DrNAS (Chen et al. 2021, "DrNAS: Dirichlet neural architecture search"): each row of the mixing weights
 * is drawn from a Dirichlet distribution, whose concentrations alpha parametrizes. All matrices are `[edges, columns]`,
 * row-major; both cells may stand one after the other.
 */

/** Computes the concentrations of an alpha: c = elu(alpha) + 1. */
export function concentrations(alpha: Float64Array): Float64Array {
  return alpha.map((entry) => (entry > 0 ? 1 + entry : Math.exp(entry)));
}

/** The mean mixing weights of an alpha, c / sum of the row's c. */
export function dirichletMean(alpha: Float64Array, columns: number): Float64Array {
  return mapRows(concentrations(alpha), columns, (c) => divideBySum(c));
}

/**
 * Draws mixing weights: each row from Dirichlet(c) of its own.
 *
 * @returns positive numbers, laid out like alpha; each row sums to 1
 * @throws RangeError if an alpha is not finite, or is below -690, where its concentration is too small to sample
 */
export function drawDirichlet(random: Random, alpha: Float64Array, columns: number): Float64Array {
  return mapRows(concentrations(alpha), columns, (c) => sampleDirichlet(random, c));
}

/**
 * Leaves out columns that were pruned: sets them to 0 and divides each row by its sum. DrNAS samples a pruned row whole and
 * masks it then.
 *
 * @param sample positive mixing weights
 * @param kept 1 where a column stays, 0 where it was pruned, laid out like the sample; each row keeps one at least
 */
export function maskColumns(sample: Float64Array, kept: ArrayLike<number>, columns: number): Float64Array {
  const masked = sample.map((entry, i) => entry * (kept[i] as number));
  return mapRows(masked, columns, divideBySum);
}

/**
 * Marks the columns of an alpha that were pruned by -Infinity, whose concentration is 0. So alpha is recorded, and its mean
 * mixing weights have the others alone.
 *
 * @param kept 1 where a column stays, 0 where it was pruned, laid out like alpha; null if none was
 */
export function markPruned(alpha: Float64Array, kept: ArrayLike<number> | null): Float64Array {
  return kept === null ? alpha : alpha.map((entry, i) => (kept[i] === 1 ? entry : Number.NEGATIVE_INFINITY));
}

/** What `dirichletBackward` needs of a draw. */
export interface DirichletDraw {
  readonly alpha: Float64Array;
  /** What `drawDirichlet` gave for alpha. */
  readonly sample: Float64Array;
  /** The sample after `maskColumns`, or the sample itself. */
  readonly mixing: Float64Array;
  readonly columns: number;
}

/**
 * Computes the pathwise gradient in alpha from the gradient in the mixing weights. An entry x_i of a sample is a
 * Beta(c_i, b_i) variate, with b_i the sum of the row's other c. Moving c_i at a fixed quantile moves x_i, and all others in
 * proportion (Jankowiak and Obermeyer 2018, "Pathwise derivatives beyond the reparameterization trick"), so that
 *
 *     dL/dc_i = rho_i M_i (dL/dM_i - sum over the row of M_j dL/dM_j)
 *     dL/dalpha_i = dL/dc_i * (1 where alpha_i > 0, else exp(alpha_i))
 *
 * with rho_i the derivative of x_i's log-odds in c_i. It is the same with a mask, which does not see the others' common
 * factor.
 *
 * @param gradient of the loss in `mixing`, laid out like it
 */
export function dirichletBackward(
  { alpha, sample, mixing, columns }: DirichletDraw,
  gradient: Float64Array,
): Float64Array {
  const c = concentrations(alpha);
  const others = mapRows(c, columns, (row) => row.map((_, i) => sumOf(row.filter((_, j) => j !== i))));
  // A row of one column is always 1, and its gradient below is 0.
  const moves = relaxBackward('softmax', mixing, gradient, columns);
  return moves.map((move, i) =>
    move === 0 ? 0 : move * logOddsDerivative(sample[i]!, c[i]!, others[i]!) * slope(alpha[i]!),
  );
}

/** Sum over all rows of KL(Dirichlet(c) || Dirichlet(1)), DrNAS's regularizer; 0 where alpha is 0. */
export function dirichletDivergence(alpha: Float64Array, columns: number): number {
  return rowsOf(concentrations(alpha), columns).reduce((sum, c) => sum + divergeFromUniform(c), 0);
}

/** Gradient of `dirichletDivergence` in alpha. */
export function dirichletDivergenceGradient(alpha: Float64Array, columns: number): Float64Array {
  return mapRows(concentrations(alpha), columns, divergenceGradient).map((entry, i) => entry * slope(alpha[i]!));
}

/** dc/dalpha */
function slope(alpha: number): number {
  return alpha > 0 ? 1 : Math.exp(alpha);
}

function mapRows(matrix: Float64Array, columns: number, compute: (row: Float64Array) => Float64Array): Float64Array {
  const result = new Float64Array(matrix.length);
  for (const [row, entries] of rowsOf(matrix, columns).entries()) result.set(compute(entries), row * columns);
  return result;
}

function rowsOf(matrix: Float64Array, columns: number): Float64Array[] {
  return Array.from({ length: matrix.length / columns }, (_, row) => matrix.slice(row * columns, (row + 1) * columns));
}

function divideBySum(row: Float64Array): Float64Array {
  const sum = sumOf(row);
  return row.map((entry) => entry / sum);
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
