/** The two kinds of cell that a search looks for, in the order in which their alphas are concatenated. */
export const CELL_KINDS = ['normal', 'reduce'] as const;
export type CellKind = (typeof CELL_KINDS)[number];

/** A directed edge of a cell. Nodes 0 and 1 are the cell's inputs; intermediate nodes are 2, 3, ... */
export interface Edge {
  readonly from: number;
  readonly to: number;
}

/** Number of input nodes of every cell: they hold the outputs of the two cells before it. */
export const INPUT_NODES = 2;

/**
 * Lists the edges of a cell in which every intermediate node reads every node before it, ordered by `to`, then `from`
 * (eq. 7 of the paper). Row e of an alpha matrix belongs to edge e of this list.
 *
 * @param nodes number of intermediate nodes; 4 gives the papers' 14 edges
 */
export function cellEdges(nodes: number): Edge[] {
  return Array.from({ length: nodes }, (_, i) => i + INPUT_NODES).flatMap((to) =>
    Array.from({ length: to }, (_, from) => ({ from, to })),
  );
}

/** Number of edges of a cell with `nodes` intermediate nodes: 2 + 3 + ... + (nodes + 1). */
export function edgeCount(nodes: number): number {
  return (nodes * (nodes + 3)) / 2;
}

/**
 * Number of intermediate nodes of a cell with `edges` edges: the inverse of `edgeCount`.
 *
 * @throws RangeError if no cell has that many
 */
export function nodeCount(edges: number): number {
  const nodes = Math.round((Math.sqrt(8 * edges + 9) - 3) / 2);
  if (edgeCount(nodes) !== edges) throw new RangeError(`a cell has 2, 5, 9, 14, ... edges, got ${edges}`);
  return nodes;
}
