import { Random } from '../math/random.ts';
import type { BlockGraph } from '../network/block-graph.ts';
import { choosingEdges } from '../network/chosen-channels.ts';
import { dropColumns } from '../network/drop-columns.ts';
import { initialWeights } from '../network/initial-weights.ts';
import { noiseShapes } from '../network/noise-shapes.ts';
import type { Engine, MiniBatch, MixingWeights } from './engine.ts';

/** Iterations that are timed, after one that is not. */
const ITERATIONS = 2;

const SETTINGS = { learningRate: 0.01, momentum: 0.9, weightDecay: 3e-4, clipNorm: 5 };

/**
 * Measures the seconds of an iteration: a step on w and, of a supernet, a gradient in the mixing weights. Noise stands for
 * pictures. The engine is left as it was made, with weights of 0.
 *
 * @param batch pictures of a mini-batch
 * @param now the time in milliseconds. @default the process's clock
 * @throws OutOfMemoryError if there is not enough memory
 */
export async function timeEngine(
  engine: Engine,
  graph: BlockGraph,
  batch: number,
  now: () => number = () => performance.now(),
): Promise<number> {
  const random = Random.fromSeed(0, 'trial');
  const weights = initialWeights(graph, 0);
  const miniBatch: MiniBatch = {
    images: Float32Array.from({ length: batch * graph.image ** 2 * graph.pictureChannels }, () => random.normal()),
    labels: Uint16Array.from({ length: batch }, () => random.integer(graph.classes)),
    drops: new Float32Array(batch * dropColumns(graph).size).fill(1),
    ...(noiseShapes(graph).size > 0 ? { noise: 0 } : {}),
    ...(choosingEdges(graph).size > 0 ? { channels: 0 } : {}),
  };
  const entries = graph.mixing.edges * graph.mixing.columns;
  const mixing: MixingWeights = {
    normal: new Float32Array(entries).fill(0.5),
    reduce: new Float32Array(entries).fill(0.5),
  };
  await engine.prepare(batch);
  await engine.restore({ weights, velocity: {}, statistics: {} });
  let start = 0;
  for (let iteration = 0; iteration <= ITERATIONS; iteration++) {
    if (iteration === 1) start = now();
    await engine.weightsStep(miniBatch, mixing, SETTINGS);
    if (entries > 0) await engine.mixingGradient(miniBatch, mixing);
  }
  const seconds = (now() - start) / 1000 / ITERATIONS;
  const zeros = Object.fromEntries(
    Object.entries(weights).map(([name, { length }]) => [name, new Float32Array(length)]),
  );
  await engine.restore({ weights: zeros, velocity: {}, statistics: {} });
  return seconds;
}
