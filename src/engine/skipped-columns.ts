import type { BatchNormSpec, BlockGraph, Operation } from '../network/block-graph.ts';
import type { MixingWeights } from './engine.ts';

/** Names of the batch norms of all operations that mixing weights leave out. */
export function skippedNorms({ blocks }: BlockGraph, mixing: MixingWeights): Set<string> {
  if (!mixing.skipsZeros) return new Set();
  const operations = blocks.flatMap((block) => {
    if (block.kind !== 'node') return [];
    return block.edges.flatMap(({ edge, operations: own }) => {
      return own.filter((_, column) => edge !== null && mixing[block.cellKind][edge * own.length + column] === 0);
    });
  });
  return new Set(operations.flatMap(normsOf).map(({ name }) => name));
}

function normsOf(operation: Operation): BatchNormSpec[] {
  switch (operation.kind) {
    case 'none':
    case 'noise':
    case 'identity':
    case 'bypass':
      return [];
    case 'max-pool':
    case 'average-pool':
      return operation.norm === null ? [] : [operation.norm];
    case 'halving':
      return [operation.norm];
    case 'conv':
      return operation.units.map(({ norm }) => norm);
  }
}

/** Sets the gradient in the columns that mixing weights leave out to 0, in place. */
export function clearSkipped(mixing: MixingWeights, gradient: MixingWeights): void {
  if (!mixing.skipsZeros) return;
  for (const kind of ['normal', 'reduce'] as const) {
    for (const [i, weight] of mixing[kind].entries()) if (weight === 0) gradient[kind][i] = 0;
  }
}
