/** Networks as block graphs, their sizes and their initial weights: the entry `lesslocal/network`. */

export type {
  AuxiliaryHeadBlock,
  BatchNormSpec,
  Block,
  BlockGraph,
  BypassOperation,
  ChannelChoice,
  ClassifierBlock,
  ConcatBlock,
  ConvOperation,
  ConvUnit,
  GlobalAveragePoolBlock,
  HalvingBlock,
  HalvingOperation,
  IdentityOperation,
  MixedEdge,
  MixingShape,
  NodeBlock,
  NoiseOperation,
  NoneOperation,
  Operation,
  PoolOperation,
  ProjectionBlock,
  StemBlock,
  ValueSpec,
  WeightSpec,
} from './block-graph.ts';
export { BATCH_NORM } from './block-graph.ts';
export { type ChannelRequest, chooseChannels, choosingEdges } from './chosen-channels.ts';
export { countMacs, countParameters, estimateMemory, type MemoryEstimate } from './count.ts';
export { countRetrainedNetwork, type RetrainedCounts } from './count-retrained.ts';
export { dropColumns } from './drop-columns.ts';
export { initialWeights } from './initial-weights.ts';
export { noiseShapes } from './noise-shapes.ts';
export { buildRetrainedNetwork, type RetrainedNetworkOptions } from './retrained-network.ts';
export { buildSupernet, type EdgePrimitives, type SupernetOptions } from './supernet.ts';
