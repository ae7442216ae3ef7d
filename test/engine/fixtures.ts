import type { MiniBatch, MixingWeights, NetworkState } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { initialWeights } from '../../src/network/initial-weights.ts';
import { buildSupernet, type SupernetOptions } from '../../src/network/supernet.ts';
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

/** State before the first step. */
export function initialState(graph: BlockGraph, seed = 1): NetworkState {
  return { weights: initialWeights(graph, seed), velocity: {}, statistics: {} };
}

/** Pictures of standard normal values. */
export function randomMiniBatch(
  { image, pictureChannels, classes }: BlockGraph,
  size: number,
  seed: number,
): MiniBatch {
  const random = Random.fromSeed(seed, 'pictures');
  return {
    images: Float32Array.from({ length: size * image * image * pictureChannels }, () => random.normal()),
    labels: Uint16Array.from({ length: size }, () => random.integer(classes)),
  };
}

/** Mixing weights, uniform in [0.1, 0.9). */
export function randomMixing(graph: BlockGraph, seed: number): MixingWeights {
  const random = Random.fromSeed(seed, 'mixing');
  return mixingOf(graph, () => 0.1 + 0.8 * random.uniform());
}

/** @param weight of an edge's operation, by its column */
export function mixingOf({ mixing }: BlockGraph, weight: (column: number) => number): MixingWeights {
  const { edges, primitives } = mixing;
  const matrix = (): Float32Array => {
    return Float32Array.from({ length: edges * primitives.length }, (_, i) => weight(i % primitives.length));
  };
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
