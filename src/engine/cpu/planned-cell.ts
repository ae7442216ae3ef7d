import type { BatchNormSpec, ConvUnit, HalvingOperation, PoolOperation, ValueSpec } from '../../network/block-graph.ts';
import type { Cell, CellEdge } from './cells.ts';

/** A tensor on its way through a batch norm: what the convolution or pool made, and its sums. */
export interface Normed {
  readonly z: number;
  readonly sums: number;
  readonly norm: BatchNormSpec;
  readonly pixels: number;
  readonly channels: number;
}

/** What a node adds up, or what a weighted gradient goes back to. */
export interface Term {
  readonly edge: CellEdge;
  /** Line of its mixing weight. */
  readonly mixing: number;
  readonly position: number;
  readonly z: number;
  /** null for a skip connection at stride 1. */
  readonly normed: Normed | null;
}

/** A convolution of an edge. */
export interface PlannedConv {
  readonly edge: CellEdge;
  readonly units: readonly { readonly unit: ConvUnit; readonly normed: Normed }[];
  readonly term: Term;
}

/** A pool, which all edges that leave its state share. */
export interface PlannedPool {
  readonly operation: PoolOperation;
  readonly normed: Normed;
  /** -1 where no backward pass follows. */
  readonly winner: number;
  readonly terms: Term[];
}

export interface PlannedHalving {
  readonly input: ValueSpec;
  readonly operation: HalvingOperation;
  readonly normed: Normed;
  readonly term: Term | null;
}

/** What leaves a state of a cell. */
export interface PlannedState {
  readonly state: ValueSpec;
  readonly convs: PlannedConv[];
  readonly pools: PlannedPool[];
  readonly halvings: PlannedHalving[];
  readonly skips: Term[];
}

/** What the backward pass must know of a cell's forward pass. */
export interface PlannedCell {
  readonly cell: Cell;
  /** Its two inputs, projected. */
  readonly inputs: readonly { readonly block: Cell['inputs'][number]; readonly normed: Normed }[];
  readonly states: readonly PlannedState[];
  /** By the name of the node. */
  readonly terms: ReadonlyMap<string, readonly Term[]>;
}
