import { CELL_KINDS, type CellKind, cellEdges, type Edge, edgeCount } from './cell.ts';
import type { Primitive } from './primitives.ts';
import { countColumns, repeatColumns, type SearchSpace } from './spaces.ts';

/** Largest number of intermediate nodes of a cell. */
export const MAX_NODES = 10;

/** Shape of the search space: the meaning of the alpha matrices' rows and columns. */
export interface AlphaShape {
  /** Number of intermediate nodes of a cell. */
  readonly nodes: number;
  /** Candidate operations in column order: of all edges, or of each. */
  readonly primitives: readonly Primitive[] | Omit<SearchSpace, 'nodes'>;
  /** Whether each row of alpha ends in one more column: beta, PC-DARTS's weight of the edge. @default false */
  readonly edgeWeights?: boolean;
}

/** Shape of the mixing weights of the operations, which have no column for weights of edges. */
export function mixingShape({ nodes, primitives }: AlphaShape): AlphaShape {
  return { nodes, primitives };
}

/** Shape of a space whose edges all have the same candidate operations. */
export interface UniformShape extends AlphaShape {
  readonly primitives: readonly Primitive[];
}

/** The space with the candidate operations of each edge. */
export function spaceOf({ nodes, primitives }: AlphaShape): SearchSpace {
  return 'normal' in primitives ? { nodes, ...primitives } : repeatColumns(nodes, primitives);
}

/**
 * Number of columns of alpha's matrices.
 *
 * @throws RangeError if edges differ in the number of their candidates
 */
export function alphaColumns({ nodes, primitives, edgeWeights = false }: AlphaShape): number {
  const operations = 'normal' in primitives ? countColumns({ nodes, ...primitives }) : primitives.length;
  return operations + Number(edgeWeights);
}

/** One matrix for each kind of cell, `[edges, primitives]` row-major: alphas, their mixing weights, or gradients. */
export type CellMatrices = { readonly [kind in CellKind]: Float64Array };

/** Place of a coordinate of the flat alpha. */
export interface AlphaCoordinate {
  readonly cell: CellKind;
  readonly edge: Edge;
  readonly primitive: Primitive;
}

/** Number of entries of one cell's matrix. */
export function cellSize(shape: AlphaShape): number {
  return edgeCount(shape.nodes) * alphaColumns(shape);
}

/** Number of coordinates of the flat alpha: the normal cell, then the reduction cell (2 * 14 * 7 = 196 in FairDARTS). */
export function alphaSize(shape: AlphaShape): number {
  return CELL_KINDS.length * cellSize(shape);
}

/**
 * Splits a flat alpha into one matrix for each kind of cell. The matrices are views: writing to one writes to `flat`.
 *
 * @throws RangeError if the length does not fit the space
 */
export function splitAlpha(shape: AlphaShape, flat: Float64Array): CellMatrices {
  const size = cellSize(shape);
  if (flat.length !== 2 * size) {
    throw new RangeError(`alpha must have ${2 * size} coordinates for this space, got ${flat.length}`);
  }
  return { normal: flat.subarray(0, size), reduce: flat.subarray(size) };
}

/**
 * Names the cell, edge and primitive of a coordinate of the flat alpha.
 *
 * @throws RangeError if there is no such coordinate
 */
export function describeCoordinate(shape: AlphaShape, coordinate: number): AlphaCoordinate {
  const size = cellSize(shape);
  const within = coordinate % size;
  const columns = alphaColumns(shape);
  const cell = CELL_KINDS[Math.floor(coordinate / size)];
  const row = Math.floor(within / columns);
  const edge = cellEdges(shape.nodes)[row];
  const primitive = cell && spaceOf(shape)[cell][row]?.[within % columns];
  if (cell === undefined || edge === undefined || primitive === undefined) {
    throw new RangeError(`coordinate must be an integer from 0 to ${2 * size - 1}, got ${coordinate}`);
  }
  return { cell, edge, primitive };
}
