import type { NetworkState } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { weightSize } from '../../src/network/count.ts';
import { initialWeights } from '../../src/network/initial-weights.ts';
import type { Genotype } from '../../src/space/genotype.ts';

/**
 * Every primitive at both strides. Node 4 of the normal cell does not exist, and an entry from it is not evaluated;
 * node 5 is concatenated before node 3. Node 2 of either cell is one operation alone, in the normal cell its input.
 */
export const EVERY_PRIMITIVE: Genotype = {
  normal: [
    { primitive: 'skip_connect', to: 2, from: 0 },
    { primitive: 'dil_conv_3x3', to: 5, from: 0 },
    { primitive: 'dil_conv_5x5', to: 5, from: 2 },
    { primitive: 'max_pool_3x3', to: 5, from: 1 },
    { primitive: 'sep_conv_3x3', to: 5, from: 4 },
    { primitive: 'avg_pool_3x3', to: 3, from: 2 },
    { primitive: 'sep_conv_3x3', to: 3, from: 0 },
    { primitive: 'sep_conv_5x5', to: 3, from: 1 },
    { primitive: 'skip_connect', to: 3, from: 1 },
  ],
  reduce: [
    { primitive: 'skip_connect', to: 2, from: 0 },
    { primitive: 'sep_conv_3x3', to: 3, from: 1 },
    { primitive: 'sep_conv_5x5', to: 3, from: 0 },
    { primitive: 'dil_conv_3x3', to: 4, from: 1 },
    { primitive: 'dil_conv_5x5', to: 4, from: 0 },
    { primitive: 'max_pool_3x3', to: 5, from: 1 },
    { primitive: 'avg_pool_3x3', to: 5, from: 0 },
    { primitive: 'skip_connect', to: 5, from: 2 },
  ],
};

/** Makes a state without initial values: scales, shifts and running statistics are random too. */
export function randomState(graph: BlockGraph, seed: number): NetworkState {
  const weights = initialWeights(graph, seed);
  const random = Random.fromSeed(seed, 'state');
  const draw = (length: number, low: number, high: number): Float32Array => {
    return Float32Array.from({ length }, () => low + (high - low) * random.uniform());
  };
  const statistics: Record<string, Float32Array> = {};
  for (const { name, channels, affine } of graph.norms) {
    statistics[`${name}.mean`] = draw(channels, -0.5, 0.5);
    statistics[`${name}.variance`] = draw(channels, 0.3, 2);
    if (affine === null) continue;
    weights[affine.scale.name] = draw(weightSize(affine.scale), 0.5, 1.5);
    weights[affine.shift.name] = draw(weightSize(affine.shift), -0.5, 0.5);
  }
  return { weights, velocity: {}, statistics };
}

/** Makes pictures of noise, `[batch, channels, image, image]`. */
export function randomImages(batch: number, image: number, seed: number, channels = 3): Float32Array {
  const random = Random.fromSeed(seed, 'images');
  return Float32Array.from({ length: batch * channels * image * image }, () => 4 * random.uniform() - 2);
}
