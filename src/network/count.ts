import type {
  AuxiliaryHeadBlock,
  Block,
  BlockGraph,
  HalvingOperation,
  NodeBlock,
  Operation,
  ValueSpec,
  WeightSpec,
} from './block-graph.ts';
import { mixedPart } from './partial-channels.ts';

/** Number of entries of a tensor. */
export function weightSize({ shape }: WeightSpec): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Number of entries of a value. */
export function valueSize({ height, width, channels }: ValueSpec): number {
  return height * width * channels;
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
    case 'noise':
    case 'identity':
    case 'max-pool':
    case 'average-pool':
    case 'bypass':
      return [];
  }
}

function halvingKernels({ convA, convB }: HalvingOperation): WeightSpec[] {
  return [convA, convB];
}

/** Estimated bytes of a step on w. */
export interface MemoryEstimate {
  /** Weights, their gradients and SGD's velocity. */
  readonly weightsBytes: number;
  /** Activations of the whole mini-batch that the backward pass reads. */
  readonly activationBytes: number;
}

const FLOAT32_BYTES = 4;

/** Weight, gradient and velocity. */
const COPIES_OF_WEIGHTS = 3;

/**
 * Estimates the memory of one step on w, for any engine. It counts float32 entries: every value of the graph once, and
 * every result inside an operation (of a ReLU, a convolution, a pool or a batch norm), which is kept until the backward
 * pass. An engine that recomputes results needs less, an engine that copies them needs more. Gradients of activations and
 * an engine's own buffers are not included.
 *
 * @param batch number of pictures in the mini-batch
 * @throws RangeError if `batch` is not a positive integer
 */
export function estimateMemory(graph: BlockGraph, batch: number): MemoryEstimate {
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch must be a positive integer, got ${batch}`);
  const picture = graph.image * graph.image * graph.pictureChannels;
  const activations = graph.blocks.reduce((sum, block) => sum + valueSize(block.output) + insideBlock(block), picture);
  return {
    weightsBytes: COPIES_OF_WEIGHTS * FLOAT32_BYTES * countParameters(graph),
    activationBytes: FLOAT32_BYTES * batch * activations,
  };
}

/** Number of entries of one picture's results inside a block, without the block's output. */
function insideBlock(block: Block): number {
  switch (block.kind) {
    case 'stem':
      return valueSize(block.output); // convolution
    case 'projection':
    case 'halving':
      return valueSize(block.input) + valueSize(block.output); // ReLU, convolution
    case 'node':
      return block.edges.reduce((sum, { input, operations }) => {
        // With channels of its own, a copy of them, and what is put back in place.
        const own = block.channelChoice === 'first' ? 0 : valueSize(mixedPart(input, block)) + valueSize(block.output);
        return sum + operations.reduce((inside, operation) => inside + insideOperation(operation, input, block), own);
      }, 0);
    case 'concat':
    case 'global-average-pool':
    case 'classifier':
      return 0;
    case 'auxiliary-head':
      // ReLU, then the pool to 2x2, then twice convolution, batch norm and ReLU.
      return (
        valueSize(block.input) + 4 * block.input.channels + 3 * (4 * block.squeezeNorm.channels + block.norm.channels)
      );
  }
}

/** Number of entries of one picture's results inside an operation on an edge of a node, including its own result. */
function insideOperation(operation: Operation, whole: ValueSpec, node: NodeBlock): number {
  const input = mixedPart(whole, node);
  const output = mixedPart(node.output, node);
  switch (operation.kind) {
    case 'none':
    case 'identity':
      return 0;
    case 'bypass':
      return operation.stride === 1 ? 0 : valueSize(node.output) - valueSize(output); // pool
    case 'noise':
      return valueSize(output);
    case 'max-pool':
    case 'average-pool':
      return (operation.norm === null ? 1 : 2) * valueSize(output); // pool, batch norm
    case 'halving':
      return valueSize(input) + 2 * valueSize(output); // ReLU; convolutions side by side, batch norm
    case 'conv':
      // ReLU; depthwise, pointwise, batch norm. The second unit reads the output of the first.
      return operation.units.reduce(
        (sum, _, i) => sum + valueSize(i === 0 ? input : output) + 3 * valueSize(output),
        0,
      );
  }
}
