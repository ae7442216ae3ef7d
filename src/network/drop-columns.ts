import type { BlockGraph, MixedEdge, Operation } from './block-graph.ts';

/**
 * Lists what a mini-batch may multiply picture by picture, each with its column in `MiniBatch.drops` (drop-path: Larsson et
 * al. 2017, "FractalNet"). Of discrete cells these are all operations except identities, as in DARTS. Of a supernet with
 * `edgeDrops` they are all mixed edges, cell by cell, each as a whole (ScheduledDropPath: Zela et al. 2020).
 */
export function dropColumns({ blocks, mixing }: BlockGraph): Map<Operation | MixedEdge, number> {
  const columns = new Map<Operation | MixedEdge, number>();
  for (const block of blocks) {
    if (block.kind !== 'node') continue;
    for (const each of block.edges) {
      const discrete = each.edge === null ? each.operations.filter(({ kind }) => kind !== 'identity') : [];
      const dropped = each.edge !== null && mixing.edgeDrops ? [each] : discrete;
      for (const item of dropped) columns.set(item, columns.size);
    }
  }
  return columns;
}
