import type { Block, BlockGraph, Operation, ValueSpec } from './block-graph.ts';
import { countParameters } from './count.ts';

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
  const picture = graph.image * graph.image * 3;
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
      // ReLU, then the pool to 2x2, then twice convolution, batch norm and ReLU.
      return (
        valueSize(block.input) + 4 * block.input.channels + 3 * (4 * block.squeezeNorm.channels + block.norm.channels)
      );
  }
}

/** Number of entries of one picture's results inside an operation on an edge, including its own result. */
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
      // ReLU; depthwise, pointwise, batch norm. The second unit reads the output of the first.
      return operation.units.reduce(
        (sum, _, i) => sum + valueSize(i === 0 ? input : output) + 3 * valueSize(output),
        0,
      );
  }
}

function valueSize({ height, width, channels }: ValueSpec): number {
  return height * width * channels;
}
