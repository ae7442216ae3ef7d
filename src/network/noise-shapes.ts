import type { BlockGraph, NoiseOperation, ValueSpec } from './block-graph.ts';
import { mixedPart } from './partial-channels.ts';

/** Lists the operations `noise` of a network in the order in which they run, each with what it makes of a picture. */
export function noiseShapes({ blocks }: BlockGraph): Map<NoiseOperation, ValueSpec> {
  const nodes = blocks.filter((block) => block.kind === 'node');
  return new Map(
    nodes.flatMap((node) => {
      const made = mixedPart(node.output, node);
      const operations = node.edges.flatMap((edge) => edge.operations);
      return operations.flatMap((operation) => (operation.kind === 'noise' ? [[operation, made] as const] : []));
    }),
  );
}
