import type { BlockGraph, NoiseOperation, ValueSpec } from './block-graph.ts';

/** Lists the operations `noise` of a network in the order in which they run, each with what it makes of a picture. */
export function noiseShapes({ blocks }: BlockGraph): Map<NoiseOperation, ValueSpec> {
  const nodes = blocks.filter((block) => block.kind === 'node');
  return new Map(
    nodes.flatMap(({ edges, output }) =>
      edges.flatMap(({ operations }) =>
        operations.flatMap((operation) => (operation.kind === 'noise' ? [[operation, output] as const] : [])),
      ),
    ),
  );
}
