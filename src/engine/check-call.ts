import type { BlockGraph } from '../network/block-graph.ts';
import { chooseChannels, choosingEdges } from '../network/chosen-channels.ts';
import { valueSize } from '../network/count.ts';
import { dropColumns } from '../network/drop-columns.ts';
import { noiseShapes } from '../network/noise-shapes.ts';
import type { GradientsOptions, MiniBatch, MixingWeights, NetworkState } from './engine.ts';

/**
 * Checks what every engine is called with.
 *
 * @throws RangeError if pictures, labels, drops, noise, channels or mixing weights do not fit the network
 */
export function checkCall(
  graph: BlockGraph,
  { images, labels, drops, noise, channels }: MiniBatch,
  candidates: readonly MixingWeights[],
): void {
  const { image, pictureChannels, classes, mixing } = graph;
  const pixels = labels.length * image * image * pictureChannels;
  if (labels.length === 0 || images.length !== pixels) {
    throw new RangeError(
      `${labels.length} pictures of ${image}x${image}x${pictureChannels} must have ${pixels} values, got ${images.length}`,
    );
  }
  const foreign = labels.find((label) => label >= classes);
  if (foreign !== undefined) throw new RangeError(`a label must be below ${classes}, got ${foreign}`);
  if (drops !== undefined) {
    const factors = labels.length * dropColumns(graph).size;
    if (drops.length !== factors) throw new RangeError(`drops must have ${factors} factors, got ${drops.length}`);
    const spoiled = drops.find((factor) => !(factor >= 0 && factor < Number.POSITIVE_INFINITY));
    if (spoiled !== undefined) throw new RangeError(`a factor of drops must be finite and at least 0, got ${spoiled}`);
  }
  checkNoise(graph, noise, labels.length);
  checkChannels(graph, channels);
  const entries = mixing.edges * mixing.columns;
  for (const { normal, reduce } of candidates) {
    if (normal.length !== entries || reduce.length !== entries) {
      throw new RangeError(
        `mixing weights must have ${entries} entries for each cell, got ${normal.length} and ${reduce.length}`,
      );
    }
  }
}

function checkNoise(graph: BlockGraph, noise: MiniBatch['noise'], pictures: number): void {
  const shapes = [...noiseShapes(graph).values()];
  if (shapes.length === 0) return;
  const values = pictures * shapes.reduce((sum, shape) => sum + valueSize(shape), 0);
  if (noise instanceof Float32Array && noise.length === values) return;
  if (isSeed(noise)) return;
  const given = noise instanceof Float32Array ? `${noise.length} values` : noise;
  throw new RangeError(`noise must be a seed from 0 to 2^32 - 1, or ${values} values, got ${given}`);
}

function checkChannels(graph: BlockGraph, channels: MiniBatch['channels']): void {
  const edges = choosingEdges(graph);
  if (edges.size === 0 || isSeed(channels)) return;
  const count = [...edges.values()].reduce((sum, { mixed }) => sum + mixed, 0);
  if (!(channels instanceof Uint16Array && channels.length === count)) {
    const given = channels instanceof Uint16Array ? `${channels.length} numbers` : channels;
    throw new RangeError(`channels must be a seed from 0 to 2^32 - 1, or ${count} numbers, got ${given}`);
  }
  for (const [edge, chosen] of chooseChannels(graph, channels)) {
    const most = edge.input.channels;
    const rises = chosen.every((channel, i) => channel < most && (i === 0 || channel > (chosen[i - 1] as number)));
    if (!rises) throw new RangeError(`the channels of an edge must rise, below ${most}, got ${chosen.join(', ')}`);
  }
}

function isSeed(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}

/** Checks that a network has mixing weights. @throws RangeError if it has none, and so no gradient in them */
export function checkMixed({ mixing }: BlockGraph): void {
  if (mixing.edges === 0) throw new RangeError('a retrained network has no mixing weights, so no gradient in them');
}

/** Names of vectors that a network has without being told. */
const OWN_VECTORS: readonly string[] = ['weights', 'velocity'];

/**
 * Checks the options of `gradients`. Whether the vectors were kept, those who keep them tell.
 *
 * @throws RangeError if an option breaks its rule
 */
export function checkGradients({ at, statistics, moves, weightsInto, kinks }: GradientsOptions): void {
  if (!['batch', 'running', undefined].includes(statistics)) {
    throw new RangeError(`statistics must be batch or running, got ${statistics}`);
  }
  if (!['free', 'keep', 'hold', undefined].includes(kinks)) {
    throw new RangeError(`kinks must be free, keep or hold, got ${kinks}`);
  }
  if (statistics === 'running' && (kinks === 'keep' || kinks === 'hold')) {
    throw new RangeError(`kinks must be free in a pass by running statistics, got ${kinks}`);
  }
  if (moves === true && statistics === 'running') throw new RangeError('only a pass by batch statistics moves any');
  checkWeightsInto(weightsInto);
  for (const [vector, factor] of Object.entries(at ?? {})) {
    if (!Number.isFinite(factor)) throw new RangeError(`the factor of ${vector} must be finite, got ${factor}`);
  }
}

/** Checks the name under which a gradient is to be kept. @throws RangeError if it is none, or that of another vector */
export function checkWeightsInto(name: string | undefined): void {
  if (name === undefined) return;
  if (typeof name !== 'string' || name === '') {
    throw new RangeError(`weightsInto must be a name, got ${JSON.stringify(name)}`);
  }
  if (OWN_VECTORS.includes(name)) {
    throw new RangeError(`weightsInto must name another vector than the network's own, got ${name}`);
  }
}

/** @param kept whether kinks were kept of a pass of as many pictures @throws RangeError if not */
export function checkKinks(kept: boolean): void {
  if (!kept) throw new RangeError('kinks can be held only after a pass of as many pictures kept them');
}

/** Checks the auxiliary head's weight in the loss. @throws RangeError if it is no weight, or there is no head */
export function checkAuxiliaryWeight({ blocks }: BlockGraph, weight: number): void {
  if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`auxiliaryWeight must be finite and at least 0, got ${weight}`);
  }
  if (weight > 0 && !blocks.some(({ kind }) => kind === 'auxiliary-head')) {
    throw new RangeError(`auxiliaryWeight must be 0 if the network has no auxiliary head, got ${weight}`);
  }
}

/** Names a tensor of a state that holds a number which is not finite, and the number; null if all are finite. */
export function findNotFinite({ weights, velocity, statistics }: NetworkState): string | null {
  const parts = { weight: weights, velocity, 'running statistic': statistics };
  for (const [what, tensors] of Object.entries(parts)) {
    for (const [name, values] of Object.entries(tensors)) {
      const found = values.find((value) => !Number.isFinite(value));
      if (found !== undefined) return `${what} ${name} holds ${found}`;
    }
  }
  return null;
}
