import type { MixingWeights } from '../engine/engine.ts';
import type { Random } from '../math/random.ts';
import { type AlphaShape, spaceOf } from '../space/alpha.ts';
import { CELL_KINDS, type CellKind, cellEdges, type Edge, edgeCount } from '../space/cell.ts';
import type { Primitive } from '../space/primitives.ts';
import {
  type CellProjections,
  dropWeakEdges,
  edgesOfNode,
  keepOperation,
  type Projection,
  type ProjectionCriterion,
  removeEdges,
  removeOperations,
  undecidedEdges,
  undecidedNodes,
} from './projection.ts';

/** A decision that is to be made about one kind of cell: which operation an edge keeps, or which edges a node keeps. */
export type Decision = { readonly cell: CellKind } & (
  | { readonly chooses: 'operation'; readonly edge: number; readonly columns: readonly number[] }
  | { readonly chooses: 'edges'; readonly edges: readonly number[] }
);

/** An operation of an edge, or an edge with the operation that it keeps, and whether it stays. */
export interface Removal extends Edge {
  readonly primitive: Primitive;
  readonly kept: boolean;
}

/**
 * Chooses what is decided next: in turn of the normal and the reduction cell, an edge while one is left, then a node.
 *
 * @param made number of decisions made
 * @param random draws the edge or node
 * @throws Error if all is decided
 */
export function nextDecision(shape: AlphaShape, projections: CellProjections, made: number, random: Random): Decision {
  const cell = CELL_KINDS[made % CELL_KINDS.length] as CellKind;
  const pick = (places: readonly number[]): number => places[random.integer(places.length)] as number;
  const edges = undecidedEdges(projections[cell]);
  if (edges.length > 0) {
    const edge = pick(edges);
    const columns = [...(spaceOf(shape)[cell][edge] as readonly Primitive[]).keys()].filter(
      (column) => primitiveOf(shape, cell, edge, column) !== 'none',
    );
    return { cell, chooses: 'operation', edge, columns };
  }
  const nodes = undecidedNodes(shape.nodes, projections[cell]);
  if (nodes.length === 0) throw new Error(`all of the ${cell} cell is decided`);
  return { cell, chooses: 'edges', edges: edgesOfNode(shape.nodes, pick(nodes)) };
}

/** Mixing weights without each of what can stay, in its order. */
export function removeEach({ nodes }: AlphaShape, decision: Decision, mixing: MixingWeights): MixingWeights[] {
  const matrix = Float64Array.from(mixing[decision.cell]);
  const columns = matrix.length / edgeCount(nodes);
  const removed =
    decision.chooses === 'operation'
      ? removeOperations(matrix, decision.edge, columns, decision.columns)
      : removeEdges(matrix, decision.edges, columns);
  return removed.map((without) => ({ ...mixing, [decision.cell]: Float32Array.from(without) }));
}

/**
 * Makes a decision.
 *
 * @param scores of the supernet with each of the mixing weights of `removeEach`
 * @throws RangeError if a score is not a number
 */
export function decide(
  decision: Decision,
  projections: CellProjections,
  scores: readonly number[],
  criterion: ProjectionCriterion,
): CellProjections {
  const before = projections[decision.cell];
  const after =
    decision.chooses === 'operation'
      ? keepOperation(before, decision.edge, scores, criterion, decision.columns)
      : dropWeakEdges(before, decision.edges, scores, criterion);
  return { ...projections, [decision.cell]: after };
}

/** Tells what a decision chose among, in the order of its scores. */
export function tellRemovals(shape: AlphaShape, decision: Decision, after: Projection): Removal[] {
  const { cell } = decision;
  const edges = cellEdges(shape.nodes);
  if (decision.chooses === 'operation') {
    const { edge, columns } = decision;
    return columns.map((column) => ({
      ...(edges[edge] as Edge),
      primitive: primitiveOf(shape, cell, edge, column),
      kept: after.operations[edge] === column,
    }));
  }
  return decision.edges.map((edge) => ({
    ...(edges[edge] as Edge),
    primitive: primitiveOf(shape, cell, edge, after.operations[edge] as number),
    kept: after.dropped[edge] === false,
  }));
}

function primitiveOf(shape: AlphaShape, cell: CellKind, edge: number, column: number): Primitive {
  return spaceOf(shape)[cell][edge]?.[column] as Primitive;
}
