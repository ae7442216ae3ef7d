import type { BlockGraph, Operation } from './block-graph.ts';

/**
 * Operations that drop-path may leave out of a picture's pass, in the order of their columns in `MiniBatch.drops`: all
 * of a discrete cell's but those that pass their input on as it is (Larsson et al. 2017, "FractalNet", as DARTS has it).
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
