/** Networks as block graphs, their sizes and their initial weights: the entry `lesslocal/network`. */

export type {
  AuxiliaryHeadBlock,
  BatchNormSpec,
  Block,
  BlockGraph,
  ClassifierBlock,
  ConcatBlock,
  ConvOperation,
  ConvUnit,
  GlobalAveragePoolBlock,
  HalvingBlock,
  HalvingOperation,
  IdentityOperation,
  MixedEdge,
  NodeBlock,
  NoneOperation,
  Operation,
  PoolOperation,
  ProjectionBlock,
  StemBlock,
  ValueSpec,
  WeightSpec,
} from './block-graph.ts';
export { BATCH_NORM } from './block-graph.ts';
export { countMacs, countParameters, estimateMemory, type MemoryEstimate } from './count.ts';
export { countRetrainedNetwork, type RetrainedCounts } from './count-retrained.ts';
export { initialWeights } from './initial-weights.ts';
export { buildRetrainedNetwork, dropColumns, type RetrainedNetworkOptions } from './retrained-network.ts';
export { buildSupernet, type SupernetOptions } from './supernet.ts';
