import { createHash } from 'node:crypto';
import { Random } from '../math/random.ts';
import { initialWeights } from '../network/initial-weights.ts';
import { buildSupernet } from '../network/supernet.ts';
import { createEngine, type EngineOptions } from './create-engine.ts';
import type { MiniBatch, MixingWeights } from './engine.ts';

/** Every operation that has kernels of its own. Listed here, because a fingerprint must not change with the search spaces. */
const PRIMITIVES = [
  'max_pool_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'dil_conv_3x3',
  'dil_conv_5x5',
] as const;

/** Channels of the networks: kernels take other ways through fewer and more. */
const CHANNELS = [4, 8, 16] as const;

const NODES = 1;
const PICTURES = 4;
const IMAGE = 8;

/** Steps on w of each network: differences in the last bits grow. */
const STEPS = 2;

const SETTINGS = { learningRate: 0.1, momentum: 0.9, weightDecay: 3e-4, clipNorm: 5 };

/**
 * Fingerprint of the numbers that an engine computes on this machine: the digest of the weights of three tiny networks
 * after a few steps. Engines of one fingerprint end in the same bits. Builds for other vector instructions, other compilers
 * and other backends round differently, and have others.
 *
 * @returns 12 hexadecimal digits
 */
export async function fingerprintEngine(options: EngineOptions): Promise<string> {
  const hash = createHash('sha256');
  for (const channels of CHANNELS) {
    const graph = buildSupernet({
      channels,
      layers: 3,
      nodes: NODES,
      primitives: PRIMITIVES,
      image: IMAGE,
    });
    const engine = await createEngine(graph, { ...options, threads: 1 });
    try {
      await engine.restore({ weights: initialWeights(graph, channels), velocity: {}, statistics: {} });
      const random = Random.fromSeed(channels, 'fingerprint');
      const entries = graph.mixing.edges * graph.mixing.columns;
      for (let step = 0; step < STEPS; step++) {
        await engine.weightsStep(drawMiniBatch(random), drawMixing(random, entries), SETTINGS);
      }
      const { weights } = await engine.save();
      for (const name of Object.keys(weights).toSorted()) hash.update(name).update(weights[name] as Float32Array);
    } finally {
      await engine.dispose();
    }
  }
  return hash.digest('hex').slice(0, 12);
}

function drawMiniBatch(random: Random): MiniBatch {
  return {
    images: Float32Array.from({ length: PICTURES * IMAGE * IMAGE * 3 }, () => random.normal()),
    labels: Uint16Array.from({ length: PICTURES }, () => random.integer(10)),
  };
}

function drawMixing(random: Random, entries: number): MixingWeights {
  const draw = (): Float32Array => Float32Array.from({ length: entries }, () => random.uniform());
  return { normal: draw(), reduce: draw() };
}
