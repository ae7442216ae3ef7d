import { type CellKind, cellEdges, edgeCount } from '../space/cell.ts';

/**
 * Decisions of DARTS-PT about one kind of cell (Wang et al. 2021, "Rethinking architecture selection in differentiable NAS",
 * Algorithm 1). Plain data.
 */
export interface Projection {
  /** `[edges]` column of the operation that each edge keeps; null where it is not decided. */
  readonly operations: readonly (number | null)[];
  /** `[edges]` whether each edge was dropped. */
  readonly dropped: readonly boolean[];
}

/** Decisions about both kinds of cell. */
export type CellProjections = { readonly [kind in CellKind]: Projection };

/**
 * How removals are judged: by the accuracy or by the loss of the supernet without the operation or edge, on the search half.
 * The worse it is without, the more the operation matters.
 */
export const PROJECTION_CRITERIA = ['accuracy', 'loss'] as const;
export type ProjectionCriterion = (typeof PROJECTION_CRITERIA)[number];

/** Edges that a node keeps. */
const EDGES_OF_NODE = 2;

/** No decisions yet. */
export function beginProjection(edges: number): Projection {
  return { operations: new Array(edges).fill(null), dropped: new Array(edges).fill(false) };
}

/** No decisions yet about cells of so many nodes. */
export function beginProjections(nodes: number): CellProjections {
  return { normal: beginProjection(edgeCount(nodes)), reduce: beginProjection(edgeCount(nodes)) };
}

/** Applies the decisions to mixing weights: decided rows are one-hot, dropped ones 0, and all others as they are. */
export function projectMixing(
  { operations, dropped }: Projection,
  mixing: Float64Array,
  columns: number,
): Float64Array {
  return mixing.map((weight, i) => {
    const edge = Math.floor(i / columns);
    if (dropped[edge]) return 0;
    const decided = operations[edge] as number | null;
    return decided === null ? weight : Number(i % columns === decided);
  });
}

/**
 * Mixing weights without each operation of an edge in turn. Nothing is divided by its sum.
 *
 * @param candidates columns of the operations. @default all
 */
export function removeOperations(
  mixing: Float64Array,
  edge: number,
  columns: number,
  candidates: readonly number[] = Array.from({ length: columns }, (_, column) => column),
): Float64Array[] {
  return candidates.map((column) => mixing.with(edge * columns + column, 0));
}

/** Mixing weights without each of some edges in turn. */
export function removeEdges(mixing: Float64Array, edges: readonly number[], columns: number): Float64Array[] {
  return edges.map((edge) => mixing.slice().fill(0, edge * columns, (edge + 1) * columns));
}

/** Edges that lead to a node, in the order in which `dropWeakEdges` takes their scores. */
export function edgesOfNode(nodes: number, node: number): number[] {
  return [...cellEdges(nodes).entries()].filter(([, { to }]) => to === node).map(([edge]) => edge);
}

/** Edges whose operation is not decided. */
export function undecidedEdges({ operations }: Projection): number[] {
  return [...operations.keys()].filter((edge) => operations[edge] === null);
}

/** Nodes that more edges lead to than they may keep. */
export function undecidedNodes(nodes: number, { dropped }: Projection): number[] {
  const present = cellEdges(nodes).filter((_, edge) => !dropped[edge]);
  const count = (node: number) => present.filter(({ to }) => to === node).length;
  return [...new Set(present.map(({ to }) => to))].filter((node) => count(node) > EDGES_OF_NODE);
}

/**
 * Decides an edge: keeps the operation whose removal is worst, the first of equal ones.
 *
 * @param scores of the supernet without each of the candidates
 * @param candidates columns of the operations. @default all of the edge, in their order
 * @throws RangeError if a score is not a number
 */
export function keepOperation(
  projection: Projection,
  edge: number,
  scores: readonly number[],
  criterion: ProjectionCriterion,
  candidates: readonly number[] = [...scores.keys()],
): Projection {
  const [worst] = rankRemovals(scores, criterion);
  return { ...projection, operations: projection.operations.with(edge, candidates[worst as number] as number) };
}

/**
 * Decides a node: keeps the two edges whose removal is worst. Of equal ones the last is dropped first.
 *
 * @param edges edges that lead to the node
 * @param scores of the supernet without each of them, all others present
 * @throws RangeError if a score is not a number
 */
export function dropWeakEdges(
  projection: Projection,
  edges: readonly number[],
  scores: readonly number[],
  criterion: ProjectionCriterion,
): Projection {
  const dropped = [...projection.dropped];
  for (const place of rankRemovals(scores, criterion).slice(EDGES_OF_NODE)) dropped[edges[place] as number] = true;
  return { ...projection, dropped };
}

/** Places of scores, that of the worst removal first: of the lowest accuracy or the highest loss. */
function rankRemovals(scores: readonly number[], criterion: ProjectionCriterion): number[] {
  if (scores.some(Number.isNaN)) throw new RangeError(`the ${criterion} after a removal must be a number, got NaN`);
  const sign = criterion === 'accuracy' ? 1 : -1;
  // Sorting is stable, so of equal ones the first counts as the worst.
  return [...scores.keys()].toSorted((a, b) => sign * (scores[a]! - scores[b]!));
}
