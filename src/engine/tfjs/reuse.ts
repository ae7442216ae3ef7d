import type { Block, BlockGraph } from '../../network/block-graph.ts';
import type { MixingWeights } from '../engine.ts';

/**
 * Names of the values that differ between two candidates: those of nodes on whose edges a mixing weight differs,
 * and all that is made of them. The others are the same to the bit.
 */
export function changedBlocks(graph: BlockGraph, base: MixingWeights, candidate: MixingWeights): Set<string> {
  const changed = new Set<string>();
  for (const block of graph.blocks) {
    if (inputNames(block).some((name) => changed.has(name)) || mixesDifferently(graph, block, base, candidate)) {
      changed.add(block.output.name);
    }
  }
  return changed;
}

function inputNames(block: Block): string[] {
  if (block.kind === 'node') return block.edges.map((edge) => edge.input.name);
  if (block.kind === 'concat') return block.inputs.map((input) => input.name);
  return [block.input.name];
}

function mixesDifferently(graph: BlockGraph, block: Block, base: MixingWeights, candidate: MixingWeights): boolean {
  if (block.kind !== 'node') return false;
  const columns = graph.mixing.primitives.length;
  const [one, other] = [base[block.cellKind], candidate[block.cellKind]];
  return block.edges.some(({ edge }) => {
    if (edge === null) return false;
    for (let i = edge * columns; i < (edge + 1) * columns; i++) if (one[i] !== other[i]) return true;
    return false;
  });
}
