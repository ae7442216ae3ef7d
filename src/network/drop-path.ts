import type { BlockGraph, Operation } from './block-graph.ts';

/**
 * Lists the operations that drop-path may leave out of a picture's pass, each with its column in `MiniBatch.drops`: all
 * operations of discrete cells except identities, as in DARTS (drop-path: Larsson et al. 2017, "FractalNet").
 */
export function dropColumns(graph: BlockGraph): Map<Operation, number> {
  const columns = new Map<Operation, number>();
  for (const block of graph.blocks) {
    if (block.kind !== 'node') continue;
    for (const { edge, operations } of block.edges) {
      if (edge !== null) continue;
      for (const operation of operations) if (operation.kind !== 'identity') columns.set(operation, columns.size);
    }
  }
  return columns;
}
