import type { MiniBatch, MixingWeights, NetworkState } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import type { BlockGraph, MixedEdge, Operation } from '../../src/network/block-graph.ts';
import { dropColumns } from '../../src/network/drop-columns.ts';
import { buildRetrainedNetwork, type RetrainedNetworkOptions } from '../../src/network/retrained-network.ts';
import type { Genotype, GenotypeEntry } from '../../src/space/genotype.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { initialState } from './fixtures.ts';

/** What a retrained network is handed for mixing weights. */
export const NO_MIXING: MixingWeights = { normal: new Float32Array(), reduce: new Float32Array() };

/** Every primitive from the inputs, and from nodes; in a reduction cell the first have stride 2. */
const EVERYWHERE = FAIR_DARTS_PRIMITIVES.flatMap((primitive, i): GenotypeEntry[] => [
  { primitive, from: i % 2, to: 2 + (i % 3) },
  { primitive, from: 2 + (i % 3), to: 5 },
]);

/** All primitives at both strides; two entries on one edge, some of them equal. */
const EVERY: Genotype = {
  normal: [...EVERYWHERE, ...EVERYWHERE.slice(0, 6)],
  reduce: [...EVERYWHERE, { primitive: 'avg_pool_3x3', from: 1, to: 3 }, ...EVERYWHERE.slice(4, 5)],
};

/**
 * Nodes that do not exist, entries from them, nodes in another order than they run in, and an input that no entry
 * reads; a cell of a single node.
 */
export const SPARSE: Genotype = {
  normal: [
    { primitive: 'dil_conv_3x3', from: 3, to: 5 },
    { primitive: 'sep_conv_3x3', from: 4, to: 5 },
    { primitive: 'max_pool_3x3', from: 1, to: 3 },
    { primitive: 'skip_connect', from: 2, to: 4 },
    { primitive: 'sep_conv_5x5', from: 1, to: 3 },
  ],
  reduce: [
    { primitive: 'skip_connect', from: 0, to: 4 },
    { primitive: 'avg_pool_3x3', from: 0, to: 4 },
  ],
};

/** Cells that concatenate some nodes in another order: normal node 3 feeds a node, reduction node 3 leads nowhere. */
export const PARTIAL: Genotype = {
  normal: [
    { primitive: 'sep_conv_3x3', from: 0, to: 2 },
    { primitive: 'skip_connect', from: 2, to: 3 },
    { primitive: 'dil_conv_3x3', from: 3, to: 4 },
    { primitive: 'max_pool_3x3', from: 1, to: 4 },
  ],
  reduce: [
    { primitive: 'avg_pool_3x3', from: 0, to: 2 },
    { primitive: 'sep_conv_3x3', from: 2, to: 3 },
    { primitive: 'skip_connect', from: 1, to: 4 },
  ],
  normalConcat: [4, 2],
  reduceConcat: [4, 2],
};

/** Noise at both strides, beside another operation and as all that a node has. */
export const NOISY: Genotype = {
  normal: [
    { primitive: 'noise', from: 0, to: 2 },
    { primitive: 'sep_conv_3x3', from: 1, to: 2 },
    { primitive: 'noise', from: 2, to: 3 },
  ],
  reduce: [
    { primitive: 'dil_conv_3x3', from: 0, to: 2 },
    { primitive: 'noise', from: 1, to: 2 },
    { primitive: 'max_pool_3x3', from: 2, to: 3 },
    { primitive: 'noise', from: 2, to: 3 },
  ],
};

/** Cells 1 and 2 of three reduce. */
export function smallRetrained(options: Partial<RetrainedNetworkOptions> = {}): BlockGraph {
  return buildRetrainedNetwork({ genotype: EVERY, channels: 2, layers: 3, image: 8, classes: 5, ...options });
}

/** A state before the first step, but with scales and shifts that differ between channels. */
export function retrainedState(graph: BlockGraph): NetworkState {
  const state = initialState(graph);
  for (const { affine } of graph.norms) {
    if (affine === null) continue;
    for (const { name } of [affine.scale, affine.shift]) {
      const random = Random.fromSeed(1, name);
      state.weights[name] = (state.weights[name] as Float32Array).map((value) => value + 0.3 * random.normal());
    }
  }
  return state;
}

type MiniBatchWithDrops = MiniBatch & Required<Pick<MiniBatch, 'drops'>>;

/** The same mini-batch with drop-path at 0.3. */
export function withDrops(graph: BlockGraph, miniBatch: MiniBatch): MiniBatchWithDrops {
  const random = Random.fromSeed(1, 'drops');
  const length = miniBatch.labels.length * dropColumns(graph).size;
  return { ...miniBatch, drops: Float32Array.from({ length }, () => (random.uniform() < 0.3 ? 0 : 1 / 0.7)) };
}

/** A mini-batch with a factor for every picture, and operation or mixed edge. */
export function withFactors(
  graph: BlockGraph,
  miniBatch: MiniBatch,
  factor: (picture: number, dropped: Operation | MixedEdge) => number,
): MiniBatchWithDrops {
  const columns = [...dropColumns(graph).keys()];
  const drops = Float32Array.from({ length: miniBatch.labels.length * columns.length }, (_, i) => {
    return factor(Math.floor(i / columns.length), columns[i % columns.length] as Operation | MixedEdge);
  });
  return { ...miniBatch, drops };
}
