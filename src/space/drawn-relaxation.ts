import type { Random } from '../math/random.ts';
import { softmaxRows } from '../math/softmax-rows.ts';
import { dirichletBackward, dirichletMean, drawDirichlet, maskColumns } from './dirichlet-relaxation.ts';
import { drawGumbels, gumbelSoftmax, gumbelSoftmaxBackward, oneHotRows, sampleColumns } from './gumbel-softmax.ts';
import { type Relaxation, relax } from './relaxation.ts';

/**
 * Map from alpha to mixing weights that are drawn anew in every pass of training.
 *
 * - `gumbel-hard`: one operation an edge, which differentiates like `gumbel-soft` (GDAS)
 * - `gumbel-soft`: a softmax of alpha with Gumbel noise, over a temperature (SNAS)
 * - `dirichlet`: a Dirichlet distribution for each edge (DrNAS)
 */
export type DrawnRelaxation = 'gumbel-hard' | 'gumbel-soft' | 'dirichlet';

/** Every map from alpha to mixing weights. */
export type AnyRelaxation = Relaxation | DrawnRelaxation;

/** Every map from alpha to mixing weights, also PC-DARTS's, which weighs the edges of a cell (`relaxEdges`). */
export type CellRelaxation = AnyRelaxation | 'edge-normalized';

export function isDrawn(relaxation: CellRelaxation): relaxation is DrawnRelaxation {
  return relaxation !== 'softmax' && relaxation !== 'sigmoid' && relaxation !== 'edge-normalized';
}

/** A draw, and what it was drawn for. */
export interface RelaxationDraw {
  /** `[edges, columns]`, row-major; both cells may stand one after the other. */
  readonly alpha: Float64Array;
  /** What `drawFor` gave: Gumbel noise or a Dirichlet sample, laid out like alpha. */
  readonly draw: Float64Array;
  readonly columns: number;
  /** Temperature of the Gumbel softmax, above 0; `dirichlet` has none. */
  readonly tau: number;
  /** Columns of `dirichlet` that stay; see `maskColumns`. @default all */
  readonly kept?: ArrayLike<number> | null;
}

/** Draws what the mixing weights of an alpha depend on besides alpha. */
export function drawFor(
  relaxation: DrawnRelaxation,
  random: Random,
  alpha: Float64Array,
  columns: number,
): Float64Array {
  return relaxation === 'dirichlet' ? drawDirichlet(random, alpha, columns) : drawGumbels(random, alpha.length);
}

/** Computes the mixing weights of a draw. Each row sums to 1. */
export function relaxDrawn(
  relaxation: DrawnRelaxation,
  { alpha, draw, columns, tau, kept = null }: RelaxationDraw,
): Float64Array {
  switch (relaxation) {
    case 'gumbel-hard':
      return oneHotRows(sampleColumns(alpha, draw, columns), columns);
    case 'gumbel-soft':
      return gumbelSoftmax(alpha, draw, tau, columns);
    case 'dirichlet':
      return kept === null ? draw.slice() : maskColumns(draw, kept, columns);
  }
}

/**
 * Computes the gradient in alpha from the gradient in the mixing weights of a draw. Of `gumbel-hard` only the gradient in
 * the drawn columns counts, because GDAS evaluates no others.
 *
 * @param gradient laid out like alpha
 */
export function relaxDrawnBackward(
  relaxation: DrawnRelaxation,
  drawn: RelaxationDraw,
  gradient: Float64Array,
): Float64Array {
  const { alpha, draw, columns, tau } = drawn;
  const mixing = relaxDrawn(relaxation, drawn);
  if (relaxation === 'dirichlet') return dirichletBackward({ alpha, sample: draw, mixing, columns }, gradient);
  const counted = relaxation === 'gumbel-hard' ? gradient.map((entry, i) => entry * mixing[i]!) : gradient;
  return gumbelSoftmaxBackward(gumbelSoftmax(alpha, draw, tau, columns), counted, tau, columns);
}

/**
 * Computes the expected mixing weights of an alpha, from which cells are derived: how often `gumbel-hard` draws an operation,
 * the same for `gumbel-soft`, which has it only as the temperature goes to 0, and the mean of `dirichlet`. Maps that draw nothing
 * give their own.
 */
export function expectMixing(relaxation: AnyRelaxation, alpha: Float64Array, columns: number): Float64Array {
  if (relaxation === 'dirichlet') return dirichletMean(alpha, columns);
  return isDrawn(relaxation) ? softmaxRows(alpha, columns) : relax(relaxation, alpha, columns);
}

/** Computes the mixing weights that accuracies are measured at: the likeliest draw of `gumbel-hard`, else the expected ones. */
export function settleMixing(relaxation: AnyRelaxation, alpha: Float64Array, columns: number): Float64Array {
  if (relaxation !== 'gumbel-hard') return expectMixing(relaxation, alpha, columns);
  return oneHotRows(sampleColumns(alpha, new Float64Array(alpha.length), columns), columns);
}
