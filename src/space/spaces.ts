import { CELL_KINDS, type CellKind, cellEdges } from './cell.ts';
import { DARTS_PRIMITIVES, type Primitive } from './primitives.ts';

/** Candidate operations of every edge of one kind of cell, in the orders of `cellEdges` and of alpha's columns. */
export type CellColumns<P extends string = Primitive> = readonly (readonly P[])[];

/** A space of cells whose edges may differ in their candidate operations. All edges have equally many. */
export type SearchSpace<P extends string = Primitive> = {
  /** Number of intermediate nodes of a cell. */
  readonly nodes: number;
} & { readonly [kind in CellKind]: CellColumns<P> };

/**
 * The spaces in which RobustDARTS shows that DARTS fails (Zela et al. 2020, "Understanding and robustifying differentiable
 * architecture search"), and `s5`, the space of DARTS itself.
 *
 * - `s1`: two operations an edge, which differ by edge and kind of cell: what DARTS's own space prunes to
 * - `s2`: skip connection or separable convolution
 * - `s3`: the same, or none
 * - `s4`: noise or separable convolution
 */
export const SPACE_NAMES = ['s1', 's2', 's3', 's4', 's5'] as const;
export type SpaceName = (typeof SPACE_NAMES)[number];

const EVERYWHERE = {
  s2: ['skip_connect', 'sep_conv_3x3'],
  s3: ['none', 'skip_connect', 'sep_conv_3x3'],
  s4: ['noise', 'sep_conv_3x3'],
  s5: DARTS_PRIMITIVES,
} as const satisfies Partial<Record<SpaceName, readonly Primitive[]>>;

/** S1, edge by edge, from the list in RobustDARTS's repository (`src/spaces.py`). */
const S1_NODES = 4;
const S1: Omit<SearchSpace, 'nodes'> = {
  normal: [
    ['skip_connect', 'dil_conv_3x3'],
    ['skip_connect', 'dil_conv_5x5'],
    ['skip_connect', 'dil_conv_5x5'],
    ['skip_connect', 'sep_conv_3x3'],
    ['skip_connect', 'dil_conv_3x3'],
    ['max_pool_3x3', 'skip_connect'],
    ['skip_connect', 'sep_conv_3x3'],
    ['skip_connect', 'sep_conv_3x3'],
    ['skip_connect', 'dil_conv_3x3'],
    ['skip_connect', 'sep_conv_3x3'],
    ['max_pool_3x3', 'skip_connect'],
    ['skip_connect', 'dil_conv_3x3'],
    ['dil_conv_3x3', 'dil_conv_5x5'],
    ['dil_conv_3x3', 'dil_conv_5x5'],
  ],
  reduce: [
    ['max_pool_3x3', 'avg_pool_3x3'],
    ['max_pool_3x3', 'dil_conv_3x3'],
    ['max_pool_3x3', 'avg_pool_3x3'],
    ['max_pool_3x3', 'avg_pool_3x3'],
    ['skip_connect', 'dil_conv_5x5'],
    ['max_pool_3x3', 'avg_pool_3x3'],
    ['max_pool_3x3', 'sep_conv_3x3'],
    ['skip_connect', 'dil_conv_3x3'],
    ['skip_connect', 'dil_conv_5x5'],
    ['max_pool_3x3', 'avg_pool_3x3'],
    ['max_pool_3x3', 'avg_pool_3x3'],
    ['skip_connect', 'dil_conv_5x5'],
    ['skip_connect', 'dil_conv_5x5'],
    ['skip_connect', 'dil_conv_5x5'],
  ],
};

/**
 * Finds a space by its name.
 *
 * @param nodes number of intermediate nodes of a cell; `s1` is only defined for 4
 * @throws RangeError if the space is not defined for that number
 */
export function findSpace(name: SpaceName, nodes: number): SearchSpace {
  if (name !== 's1') return repeatColumns(nodes, EVERYWHERE[name]);
  if (nodes !== S1_NODES) throw new RangeError(`the space s1 has cells of ${S1_NODES} nodes, got ${nodes}`);
  return { nodes, ...S1 };
}

/** The space whose edges all have the same candidate operations. */
export function repeatColumns<P extends string>(nodes: number, primitives: readonly P[]): SearchSpace<P> {
  const columns = cellEdges(nodes).map(() => primitives);
  return { nodes, normal: columns, reduce: columns };
}

/**
 * Number of columns of the space's matrices.
 *
 * @throws RangeError if edges differ in the number of their candidates
 */
export function countColumns(space: SearchSpace): number {
  const counts = new Set(CELL_KINDS.flatMap((kind) => space[kind].map((candidates) => candidates.length)));
  const [columns] = counts;
  if (columns === undefined || counts.size > 1) {
    throw new RangeError(`all edges must have equally many candidate operations, got ${[...counts].join(' and ')}`);
  }
  return columns;
}
