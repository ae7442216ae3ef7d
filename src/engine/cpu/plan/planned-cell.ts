import type {
  BatchNormSpec,
  ConvUnit,
  HalvingOperation,
  PoolOperation,
  ValueSpec,
} from '../../../network/block-graph.ts';
import type { Cell, CellEdge } from './cells.ts';

/** Terms of one `mix`, and skip connections that leave one state, that the kernels have room for. */
export const MAX_TERMS = 256;

/** What a convolution or pool made. */
export interface Made {
  readonly z: number;
  readonly pixels: number;
  readonly channels: number;
}

/** The same on its way through a batch norm, and its sums. */
export interface Normed extends Made {
  readonly sums: number;
  readonly norm: BatchNormSpec;
}

/** What a node adds up, or what a weighted gradient goes back to. */
export interface Term {
  readonly edge: CellEdge;
  /** Line of its mixing weight; -1 in a discrete cell: 1. */
  readonly mixing: number;
  readonly position: number;
  /** Line of drop-path's factors; -1 where it is never dropped. */
  readonly drops: number;
  readonly z: number;
  /** null for a skip connection at stride 1, and for a pool in a discrete cell. */
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
  readonly made: Made;
  /** null where no batch norm follows. */
  readonly normed: Normed | null;
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
