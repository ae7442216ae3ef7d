import type { Block, BlockGraph, Operation, ValueSpec } from './block-graph.ts';
import { countMacs, weightSize } from './count.ts';

/**
 * Operations of one picture's forward pass by the rule behind most published figures ("FLOPs", those of the package
 * thop): multiply-adds of convolutions, 2 * features - 1 for each output of the classifier, 4 for each output of an
 * average pool, height * width + 1 for each channel of the global average; nothing for max pools, ReLU and batch norm.
 *
 * @param graph without auxiliary head, which the rule leaves out
 * @param options.batchNorm whether 4 for each output of a batch norm are added, as the package does by itself
 */
export function countPublishedOperations(graph: BlockGraph, options: { readonly batchNorm: boolean }): number {
  const beside = graph.blocks.reduce((sum, block) => sum + besideConvolutions(block, options.batchNorm ? 4 : 0), 0);
  return countMacs(graph) + beside;
}

const PER_AVERAGE = 4;

/** What the rule counts beyond multiply-adds. @param perNormed for each output of a batch norm */
function besideConvolutions(block: Block, perNormed: number): number {
  switch (block.kind) {
    case 'stem':
    case 'projection':
    case 'halving':
      return perNormed * valueSize(block.output);
    case 'node':
      return block.edges.reduce(
        (sum, { operations }) =>
          sum + operations.reduce((inside, one) => inside + perOutput(one, perNormed) * valueSize(block.output), 0),
        0,
      );
    case 'global-average-pool':
      return block.input.channels * (block.input.height * block.input.width + 1);
    case 'classifier':
      // Of the 2 * features - 1 the multiply-adds are features.
      return weightSize(block.weight) - block.output.channels;
    case 'concat':
    case 'auxiliary-head':
      return 0;
  }
}

/** The same of an operation on an edge, for each of its outputs. */
function perOutput(operation: Operation, perNormed: number): number {
  switch (operation.kind) {
    case 'none':
    case 'identity':
      return 0;
    case 'max-pool':
      return operation.norm === null ? 0 : perNormed;
    case 'average-pool':
      return PER_AVERAGE + (operation.norm === null ? 0 : perNormed);
    case 'halving':
      return perNormed;
    case 'conv':
      return operation.units.length * perNormed;
  }
}

function valueSize({ height, width, channels }: ValueSpec): number {
  return height * width * channels;
}
