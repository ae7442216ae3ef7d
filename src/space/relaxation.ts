import { softmaxRows } from '../math/softmax-rows.ts';

/**
 * Map from alpha to mixing weights: a softmax over each edge's primitives, which compete (DARTS, eq. 8 of the paper), or a
 * sigmoid of every entry, which makes them independent (FairDARTS, eq. 9).
 */
export type Relaxation = 'softmax' | 'sigmoid';

/**
 * Computes the mixing weights of an alpha. No finite alpha overflows.
 *
 * @param alpha `[edges, columns]`, row-major; both cells may stand one after the other
 * @param columns number of primitives
 * @returns mixing weights in [0, 1], laid out like `alpha`; a softmax's rows sum to 1
 * @throws RangeError if alpha does not consist of whole rows
 */
export function relax(relaxation: Relaxation, alpha: Float64Array, columns: number): Float64Array {
  checkRows('alpha', alpha, columns);
  return relaxation === 'sigmoid' ? alpha.map(sigmoid) : softmaxRows(alpha, columns);
}

/**
 * Computes the gradient in alpha from the gradient in the mixing weights, by the chain rule through `relax`:
 *
 *     sigmoid  dL/da_i = dL/dm_i * m_i (1 - m_i)
 *     softmax  dL/da_i = m_i (dL/dm_i - sum over the row of m_j dL/dm_j)
 *
 * @param mixing mixing weights that `relax` gave for this alpha
 * @param gradient of the loss in `mixing`, laid out like it
 * @throws RangeError if the two differ in length, or do not consist of whole rows
 */
export function relaxBackward(
  relaxation: Relaxation,
  mixing: Float64Array,
  gradient: Float64Array,
  columns: number,
): Float64Array {
  checkRows('mixing', mixing, columns);
  if (gradient.length !== mixing.length) {
    throw new RangeError(`gradient must have ${mixing.length} entries like the mixing weights, got ${gradient.length}`);
  }
  if (relaxation === 'sigmoid') return mixing.map((m, i) => gradient[i]! * m * (1 - m));
  const result = new Float64Array(mixing.length);
  for (let start = 0; start < mixing.length; start += columns) {
    let mean = 0;
    for (let i = start; i < start + columns; i++) mean += mixing[i]! * gradient[i]!;
    for (let i = start; i < start + columns; i++) result[i] = mixing[i]! * (gradient[i]! - mean);
  }
  return result;
}

/** The logistic function. If exp overflows to infinity, the quotient is 0, which is right. */
function sigmoid(alpha: number): number {
  return 1 / (1 + Math.exp(-alpha));
}

function checkRows(name: string, matrix: Float64Array, columns: number): void {
  if (!Number.isInteger(columns) || columns < 1) {
    throw new RangeError(`columns must be a positive integer, got ${columns}`);
  }
  if (matrix.length % columns !== 0) {
    throw new RangeError(`${name} must consist of rows of ${columns} entries, got ${matrix.length} entries`);
  }
}
