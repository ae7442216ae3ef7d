import * as tf from '@tensorflow/tfjs';
import type { BlockGraph, MixedEdge, Operation, ValueSpec } from '../../network/block-graph.ts';
import { chooseChannels } from '../../network/chosen-channels.ts';
import { noiseShapes } from '../../network/noise-shapes.ts';
import type { MiniBatch } from '../engine.ts';
import { noiseValues } from '../noise.ts';
import type { PassOptions } from './pass.ts';

/* What a mini-batch brings into a pass, as tensors. */

/** Pictures, `[batch, image, image, channels]`. */
export function imagesTensor({ image, pictureChannels }: BlockGraph, { images, labels }: MiniBatch): tf.Tensor4D {
  return tf.tensor4d(images, [labels.length, image, image, pictureChannels]);
}

/** Values of each operation `noise`; empty if the mini-batch has none. */
export function noiseTensors(graph: BlockGraph, { noise, labels }: MiniBatch): Map<Operation, tf.Tensor4D> {
  if (noise === undefined) return new Map();
  const shapes = noiseShapes(graph);
  return new Map(
    Array.from(noiseValues(graph, noise, labels.length), ([operation, values]) => {
      const { height, width, channels } = shapes.get(operation) as ValueSpec;
      return [operation, tf.tensor4d(values, [labels.length, height, width, channels])];
    }),
  );
}

/** Numbers of the channels that each edge mixes; empty if all mix the first. */
export function chosenChannels(graph: BlockGraph, { channels }: MiniBatch): PassOptions['channels'] {
  return channels === undefined ? new Map() : chooseChannels(graph, channels);
}

/** Drop-path's factors of the pictures, `[batch]`, for what has a column; empty if all are 1. */
export function pictureFactors(
  columns: ReadonlyMap<Operation | MixedEdge, number>,
  { drops, labels }: MiniBatch,
): PassOptions['drops'] {
  if (drops === undefined || drops.every((factor) => factor === 1)) return new Map();
  return new Map(
    Array.from(columns, ([dropped, column]) => {
      return [dropped, Float32Array.from(labels, (_, n) => drops[n * columns.size + column] as number)];
    }),
  );
}
