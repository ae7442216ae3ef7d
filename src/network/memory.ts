import type { Block, BlockGraph, Operation, ValueSpec } from './block-graph.ts';
import { countParameters } from './count.ts';

/** Bytes that a step on the weights needs, as an estimate. */
export interface MemoryEstimate {
  /** Weights, their gradients and SGD's velocity. */
  readonly weightsBytes: number;
  /** Activations that the backward pass reads, of the whole mini-batch. */
  readonly activationBytes: number;
}

const FLOAT32_BYTES = 4;

/** Weight, gradient and velocity. */
const COPIES_OF_WEIGHTS = 3;

/**
 * Estimates the memory of one training step, whatever the engine: everything in float32, every value of the graph
 * held once, and every result inside an operation held until the backward pass (a ReLU's, a convolution's, a pool's
 * and a batch norm's). An engine that computes some of them again needs less, one that copies needs more; gradients
 * of activations and an engine's own buffers come on top.
 *
 * @param batch pictures in the mini-batch
 * @throws RangeError where `batch` is not a positive integer
 */
export function estimateMemory(graph: BlockGraph, batch: number): MemoryEstimate {
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch must be a positive integer, got ${batch}`);
  const picture = graph.image * graph.image * 3;
  const activations = graph.blocks.reduce((sum, block) => sum + valueSize(block.output) + insideBlock(block), picture);
  return {
    weightsBytes: COPIES_OF_WEIGHTS * FLOAT32_BYTES * countParameters(graph),
    activationBytes: FLOAT32_BYTES * batch * activations,
  };
}

/** Entries of one picture's results inside a block, without the block's output. */
function insideBlock(block: Block): number {
  switch (block.kind) {
    case 'stem':
      return valueSize(block.output); // convolution
    case 'projection':
    case 'halving':
      return valueSize(block.input) + valueSize(block.output); // ReLU, convolution
    case 'node':
      return block.edges.reduce(
        (sum, { input, operations }) =>
          sum + operations.reduce((inside, operation) => inside + insideOperation(operation, input, block.output), 0),
        0,
      );
    case 'concat':
    case 'global-average-pool':
    case 'classifier':
      return 0;
    case 'auxiliary-head':
      // ReLU; then, of little height and width, the pool and twice convolution, batch norm and ReLU.
      return (
        valueSize(block.input) + 4 * block.input.channels + 3 * (4 * block.squeezeNorm.channels + block.norm.channels)
      );
  }
}

/** Entries of one picture's results inside an operation on an edge, its own result included. */
function insideOperation(operation: Operation, input: ValueSpec, output: ValueSpec): number {
  switch (operation.kind) {
    case 'none':
    case 'identity':
      return 0;
    case 'max-pool':
    case 'average-pool':
      return (operation.norm === null ? 1 : 2) * valueSize(output); // pool, batch norm
    case 'halving':
      return valueSize(input) + 2 * valueSize(output); // ReLU; convolutions side by side, batch norm
    case 'conv':
      // ReLU; depthwise, pointwise, batch norm. The second unit reads what the first one made.
      return operation.units.reduce(
        (sum, _, i) => sum + valueSize(i === 0 ? input : output) + 3 * valueSize(output),
        0,
      );
  }
}

function valueSize({ height, width, channels }: ValueSpec): number {
  return height * width * channels;
}
