import type { Random } from '../math/random.ts';
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

/** Shape and chance of the factors to draw. */
export interface DropRequest {
  readonly pictures: number;
  /** Number of `dropColumns`. */
  readonly columns: number;
  /** Chance that a column of a picture is dropped. Below 1. */
  readonly probability: number;
}

/**
 * Draws the factors of drop-path: 0 with the given chance, else 1 / (1 - chance), so that the mean is 1.
 *
 * @returns `[pictures, columns]`, row-major: `MiniBatch.drops`
 * @throws RangeError if the chance is not at least 0 and below 1
 */
export function drawDropFactors(random: Random, { pictures, columns, probability }: DropRequest): Float32Array {
  if (!(probability >= 0 && probability < 1)) {
    throw new RangeError(`probability must be at least 0 and below 1, got ${probability}`);
  }
  const kept = 1 / (1 - probability);
  return Float32Array.from({ length: pictures * columns }, () => (random.uniform() < probability ? 0 : kept));
}
