import { softmaxRows } from '../math/softmax-rows.ts';
import { cellEdges } from './cell.ts';
import { appendColumn, dropLastColumn } from './constant-column.ts';
import { relaxBackward } from './relaxation.ts';

/** Shape of a cell's matrices under edge normalization. */
export interface EdgeNormalizationShape {
  /** Number of intermediate nodes of a cell. */
  readonly nodes: number;
  /** Number of columns of alpha. */
  readonly columns: number;
  /** Whether the mixing weights have one more column, that of the channels that pass by the operations. */
  readonly bypass: boolean;
}

/**
 * Computes the mixing weights of one cell of PC-DARTS (Xu et al. 2020, "PC-DARTS: partial channel connections for
 * memory-efficient architecture search", eq. 2-3). Beta weighs the edges of each node against each other:
 *
 *     M[e] = b_e * (softmax(alpha_e), 1)    b = softmax of beta over the edges that lead to one node
 *
 * @param alpha `[edges, columns]`, row-major
 * @param beta `[edges]`
 * @returns `[edges, columns]`, or `[edges, columns + 1]` with the bypass last; without it, a node's entries sum to 1
 */
export function normalizeEdges(shape: EdgeNormalizationShape, alpha: Float64Array, beta: Float64Array): Float64Array {
  const shares = edgeShares(shape.nodes, beta);
  const relaxed = relaxWithBypass(shape, alpha);
  return relaxed.map((weight, i) => weight * shares[Math.floor(i / width(shape))]!);
}

/**
 * Computes the gradients in alpha and beta from that in the mixing weights, by the chain rule through `normalizeEdges`.
 *
 * @param gradient of the loss in the mixing weights, laid out like them
 */
export function normalizeEdgesBackward(
  shape: EdgeNormalizationShape,
  alpha: Float64Array,
  beta: Float64Array,
  gradient: Float64Array,
): { readonly alpha: Float64Array; readonly beta: Float64Array } {
  const { nodes, columns, bypass } = shape;
  const shares = edgeShares(nodes, beta);
  const relaxed = relaxWithBypass(shape, alpha);
  // dL/db_e = sum over the columns, the bypass included, of dL/dM[e, c] * relaxed[e, c]
  const sharesGradient = new Float64Array(shares.length);
  for (const [i, entry] of gradient.entries()) sharesGradient[Math.floor(i / width(shape))]! += entry * relaxed[i]!;
  const relaxedGradient = gradient.map((entry, i) => entry * shares[Math.floor(i / width(shape))]!);
  const operations = (matrix: Float64Array) => (bypass ? dropLastColumn(matrix, columns) : matrix);
  return {
    alpha: relaxBackward('softmax', operations(relaxed), operations(relaxedGradient), columns),
    beta: byNode(nodes, (start, end) =>
      relaxBackward('softmax', shares.subarray(start, end), sharesGradient.subarray(start, end), end - start),
    ),
  };
}

/**
 * Computes `normalizeEdges` of a cell whose rows end in beta.
 *
 * @param cell `[edges, columns + 1]`, row-major
 */
export function relaxEdges(shape: EdgeNormalizationShape, cell: Float64Array): Float64Array {
  return normalizeEdges(shape, dropLastColumn(cell, shape.columns), lastColumn(cell, shape.columns));
}

/**
 * Computes the gradient in such a cell, by the chain rule through `relaxEdges`.
 *
 * @param gradient of the loss in the mixing weights, laid out like them
 * @returns laid out like `cell`
 */
export function relaxEdgesBackward(
  shape: EdgeNormalizationShape,
  cell: Float64Array,
  gradient: Float64Array,
): Float64Array {
  const { columns } = shape;
  const of = normalizeEdgesBackward(shape, dropLastColumn(cell, columns), lastColumn(cell, columns), gradient);
  const rows = appendColumn(of.alpha, columns, 0);
  for (const [edge, entry] of of.beta.entries()) rows[edge * (columns + 1) + columns] = entry;
  return rows;
}

function lastColumn(cell: Float64Array, columns: number): Float64Array {
  return cell.filter((_, i) => i % (columns + 1) === columns);
}

/** b: softmax of beta over the edges of each node. */
function edgeShares(nodes: number, beta: Float64Array): Float64Array {
  return byNode(nodes, (start, end) => softmaxRows(beta.subarray(start, end), end - start));
}

/** Computes numbers of edges node by node, from the range of edges that lead to the node. */
function byNode(nodes: number, compute: (start: number, end: number) => Float64Array): Float64Array {
  const result = new Float64Array(cellEdges(nodes).length);
  let start = 0;
  while (start < result.length) {
    // Node 2 reads nodes 0 and 1, and each further node one more.
    const end = start + cellEdges(nodes)[start]!.to;
    result.set(compute(start, end), start);
    start = end;
  }
  return result;
}

function relaxWithBypass({ columns, bypass }: EdgeNormalizationShape, alpha: Float64Array): Float64Array {
  const relaxed = softmaxRows(alpha, columns);
  return bypass ? appendColumn(relaxed, columns, 1) : relaxed;
}

function width({ columns, bypass }: EdgeNormalizationShape): number {
  return bypass ? columns + 1 : columns;
}
