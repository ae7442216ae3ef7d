import type { Engine } from '../../src/engine/engine.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { describeChosen } from './contract-chosen.ts';
import { describeColumns } from './contract-columns.ts';
import { describeGradients } from './contract-gradients.ts';
import { describeNetwork } from './contract-network.ts';
import { describePartial } from './contract-partial.ts';
import { describeRules } from './contract-rules.ts';
import { describeShapes } from './contract-shapes.ts';
import { describeState } from './contract-state.ts';
import { describeVectors } from './contract-vectors.ts';

/** Makes an engine whose optimizer is `stepSgd`. */
export type CreateEngine = (graph: BlockGraph) => Promise<Engine>;

/** How much the suite runs: slow engines get less of the same. */
export interface ContractSize {
  /** Height and width of the pictures: with 4 the last cell has a single position. */
  readonly image: 8 | 4;
  /** Runs of each property. */
  readonly runs: number;
  /** Every how many weight tensors one is checked by finite differences. */
  readonly weightStride: number;
  /** Whether finite differences run on one supernet instead of on all. */
  readonly oneSupernet: boolean;
  /** Whether a term of 0 changes no bit of a sum: others are added in the same groups with it and without. */
  readonly exactZeros: boolean;
}

/** The contract suite: what `Engine` promises, for every engine alike. */
export function describeEngine(name: string, create: CreateEngine, size: ContractSize): void {
  describeRules(name, create, size);
  describeState(name, create, size);
  describeNetwork(name, create, size);
  describeGradients(name, create, size);
  describeColumns(name, create, size);
  describePartial(name, create, size);
  describeChosen(name, create, size);
  describeVectors(name, create, size);
  describeShapes(name, create, size);
}
