import type { MiniBatch, MixingWeights, NetworkState } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import type { BlockGraph, CellKind, Operation } from '../../src/network/block-graph.ts';
import { choosingEdges } from '../../src/network/chosen-channels.ts';
import { initialWeights } from '../../src/network/initial-weights.ts';
import { noiseShapes } from '../../src/network/noise-shapes.ts';
import { buildSupernet, type EdgePrimitives, type SupernetOptions } from '../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';

/** A supernet as small as it gets with both kinds of cell: cells 1 and 2 of three reduce. */
export function smallSupernet(options: Partial<SupernetOptions> = {}): BlockGraph {
  return buildSupernet({
    channels: 2,
    layers: 3,
    nodes: 2,
    primitives: FAIR_DARTS_PRIMITIVES,
    image: 8,
    classes: 5,
    ...options,
  });
}

/** Lists for the five edges of two nodes: of one to three primitives, `noise` at both strides, a node of `none` alone. */
export const UNEVEN: EdgePrimitives = {
  normal: [
    ['skip_connect', 'noise'],
    ['max_pool_3x3', 'sep_conv_3x3', 'avg_pool_3x3'],
    ['none'],
    ['dil_conv_5x5', 'skip_connect'],
    ['sep_conv_5x5', 'none', 'noise'],
  ],
  reduce: [
    ['noise', 'avg_pool_3x3', 'skip_connect'],
    ['sep_conv_3x3'],
    ['dil_conv_3x3', 'max_pool_3x3'],
    ['noise', 'none'],
    ['skip_connect', 'sep_conv_5x5', 'max_pool_3x3'],
  ],
};

/** A supernet with everything by which supernets differ from that of DARTS. */
export function unevenSupernet(options: Partial<SupernetOptions> = {}): BlockGraph {
  return smallSupernet({ primitives: UNEVEN, auxiliarySkip: true, edgeDrops: true, ...options });
}

/** The operation that a mixing weight is of. */
export function operationAt({ blocks, mixing }: BlockGraph, kind: CellKind, position: number): Operation {
  const nodes = blocks.filter((block) => block.kind === 'node');
  const edges = nodes.filter(({ cellKind }) => cellKind === kind).flatMap((node) => node.edges);
  const own = edges.find(({ edge }) => edge === Math.floor(position / mixing.columns));
  return own?.operations[position % mixing.columns] as Operation;
}

/** State before the first step. */
export function initialState(graph: BlockGraph, seed = 1): NetworkState {
  return { weights: initialWeights(graph, seed), velocity: {}, statistics: {} };
}

/** Pictures of standard normal values; with a seed of noise, and one of channels, if the network has them. */
export function randomMiniBatch(graph: BlockGraph, size: number, seed: number): MiniBatch {
  const { image, pictureChannels, classes } = graph;
  const random = Random.fromSeed(seed, 'pictures');
  return {
    images: Float32Array.from({ length: size * image * image * pictureChannels }, () => random.normal()),
    labels: Uint16Array.from({ length: size }, () => random.integer(classes)),
    ...(noiseShapes(graph).size > 0 ? { noise: seed } : {}),
    ...(choosingEdges(graph).size > 0 ? { channels: seed } : {}),
  };
}

/** Mixing weights, uniform in [0.1, 0.9). */
export function randomMixing(graph: BlockGraph, seed: number): MixingWeights {
  const random = Random.fromSeed(seed, 'mixing');
  return mixingOf(graph, () => 0.1 + 0.8 * random.uniform());
}

/** @param weight of an edge's operation, by its column */
export function mixingOf({ mixing }: BlockGraph, weight: (column: number) => number): MixingWeights {
  const { edges, columns } = mixing;
  const matrix = (): Float32Array => Float32Array.from({ length: edges * columns }, (_, i) => weight(i % columns));
  return { normal: matrix(), reduce: matrix() };
}

/** The same with one entry moved. */
export function moved(
  mixing: MixingWeights,
  kind: 'normal' | 'reduce',
  position: number,
  change: number,
): MixingWeights {
  const matrix = mixing[kind].slice();
  matrix[position] = (matrix[position] as number) + change;
  return { ...mixing, [kind]: matrix };
}

/** Deep copy of plain data with typed arrays. */
export function copy<T>(value: T): T {
  return structuredClone(value);
}
