import type { AuxiliaryHeadBlock, Block, BlockGraph, HalvingOperation, Operation, WeightSpec } from './block-graph.ts';

/** Number of entries of a tensor. */
export function weightSize({ shape }: WeightSpec): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Counts the parameters: entries of all weights, without running statistics. */
export function countParameters(graph: BlockGraph): number {
  return graph.weights.reduce((sum, weight) => sum + weightSize(weight), 0);
}

/**
 * Counts the multiply-adds of one picture's forward pass: those of convolutions (including padding, as is usual) and of
 * the classifiers without their bias. Pools, batch norms, ReLU and the mixing count nothing. In a supernet all operations
 * of all edges run, so all of them count.
 */
export function countMacs(graph: BlockGraph): number {
  // Every entry of a convolution's weight is used once for each position of its output, and all convolutions of a
  // block have outputs of the block's own height and width.
  return graph.blocks.reduce((sum, block) => {
    if (block.kind === 'auxiliary-head') return sum + countAuxiliaryMacs(block);
    const { height, width } = block.output;
    return sum + blockKernels(block).reduce((entries, kernel) => entries + weightSize(kernel), 0) * height * width;
  }, 0);
}

/** Multiply-adds of the auxiliary head: its first convolution has 2x2 positions, every later layer one. */
function countAuxiliaryMacs({ squeeze, conv, weight }: AuxiliaryHeadBlock): number {
  const [, , height = 1, width = 1] = conv.shape;
  return weightSize(squeeze) * height * width + weightSize(conv) + weightSize(weight);
}

/** Weights of a block's convolutions or linear layer, without the bias. */
function blockKernels(block: Exclude<Block, AuxiliaryHeadBlock>): WeightSpec[] {
  switch (block.kind) {
    case 'stem':
    case 'projection':
      return [block.conv];
    case 'halving':
      return halvingKernels(block.operation);
    case 'node':
      return block.edges.flatMap((edge) => edge.operations.flatMap(operationKernels));
    case 'classifier':
      return [block.weight];
    case 'concat':
    case 'global-average-pool':
      return [];
  }
}

function operationKernels(operation: Operation): WeightSpec[] {
  switch (operation.kind) {
    case 'conv':
      return operation.units.flatMap(({ depthwise, pointwise }) => [depthwise, pointwise]);
    case 'halving':
      return halvingKernels(operation);
    case 'none':
    case 'identity':
    case 'max-pool':
    case 'average-pool':
      return [];
  }
}

function halvingKernels({ convA, convB }: HalvingOperation): WeightSpec[] {
  return [convA, convB];
}
