import { performance } from 'node:perf_hooks';
import { CpuEngine, createCpuEngine } from '../src/engine/cpu/cpu-engine.ts';
import type { KernelsName } from '../src/engine/cpu/kernels.ts';
import type { Engine } from '../src/engine/engine.ts';
import type { Backend } from '../src/engine/tfjs/backend.ts';
import { createTfjsEngine } from '../src/engine/tfjs/tfjs-engine.ts';
import { Random } from '../src/math/random.ts';
import { median } from '../src/math/statistics.ts';
import type { BlockGraph } from '../src/network/block-graph.ts';
import { countMacs } from '../src/network/count.ts';
import { initialWeights } from '../src/network/initial-weights.ts';
import { buildRetrainedNetwork } from '../src/network/retrained-network.ts';
import { stepSgd } from '../src/optimize/sgd.ts';
import { publishedGenotype } from '../src/space/published-genotypes.ts';
import { report, round } from './bench-report.ts';

export interface RetrainFlags {
  readonly engine: 'cpu' | 'tfjs';
  readonly kernels: KernelsName | 'auto';
  readonly backend: Backend | 'auto';
  readonly genotype: string;
  readonly channels: number;
  readonly layers: number;
  readonly batch: number;
  readonly threads: number;
  readonly reps: number;
  readonly profile: boolean;
}

/** Of CIFAR-10's pictures; the auxiliary head takes no other. */
const IMAGE = 32;

const SETTINGS = { learningRate: 0.025, momentum: 0.9, weightDecay: 3e-4, clipNorm: 5, auxiliaryWeight: 0.4 };

/** A retrained network has no mixing weights. */
const NO_MIXING = { normal: new Float32Array(), reduce: new Float32Array() };

/**
 * Times a step of retraining, with the auxiliary head, and the forward pass of a test, without it. A gradient in the
 * input of a convolution, or in its weights, is as many multiply-adds as the convolution.
 *
 * @throws GenotypeError where no genotype of that name was published
 */
export async function benchRetrain(flags: RetrainFlags): Promise<void> {
  const { channels, layers, batch } = flags;
  const network = { genotype: publishedGenotype(flags.genotype), channels, layers, image: IMAGE };
  const graph = buildRetrainedNetwork({ ...network, auxiliary: true });
  const tested = buildRetrainedNetwork(network);
  const engine = await createEngine(flags, graph);
  await engine.restore({ weights: initialWeights(graph, 0), velocity: {}, statistics: {} });
  const random = Random.fromSeed(0, 'bench');
  const pictures = {
    images: Float32Array.from({ length: batch * IMAGE * IMAGE * 3 }, () => random.normal()),
    labels: Uint8Array.from({ length: batch }, () => random.integer(10)),
  };
  const peak = engine instanceof CpuEngine ? await engine.measurePeak(batch) : null;
  for (const { measurement, macs, run } of [
    {
      measurement: 'retrain-step',
      macs: 3 * countMacs(graph),
      run: () => engine.weightsStep(pictures, NO_MIXING, SETTINGS),
    },
    {
      measurement: 'test-forward',
      macs: countMacs(tested),
      run: () => engine.forward(pictures, NO_MIXING, { statistics: 'running' }),
    },
  ]) {
    // The first runs compile, and touch memory for the first time.
    for (let i = 0; i < 2; i++) await run();
    if (engine instanceof CpuEngine) engine.takeProfile();
    const seconds: number[] = [];
    for (let rep = 0; rep < flags.reps; rep++) {
      const start = performance.now();
      await run();
      seconds.push((performance.now() - start) / 1000);
    }
    const middle = median(seconds);
    const gflops = (2 * macs * batch) / middle / 1e9;
    report({
      measurement,
      medianSeconds: round(middle),
      minSeconds: round(Math.min(...seconds)),
      maxSeconds: round(Math.max(...seconds)),
      imagesPerSecond: round(batch / middle),
      gflops: round(gflops),
      ...(peak === null ? {} : { peakGflops: round(peak), shareOfPeak: round(gflops / peak) }),
      reps: flags.reps,
      engine: flags.engine,
      backend: engine.description.backend,
      ...(flags.engine === 'cpu' ? { threads: flags.threads } : {}),
      genotype: flags.genotype,
      channels,
      layers,
      batch,
      image: IMAGE,
      memoryMiB: Math.round(engine.memory().bytes / 2 ** 20),
      ...(flags.profile && engine instanceof CpuEngine ? { profileMs: perRun(engine.takeProfile(), flags.reps) } : {}),
    });
  }
  engine.dispose();
}

function createEngine(flags: RetrainFlags, graph: BlockGraph): Promise<Engine> {
  const { engine, kernels, backend, threads, profile } = flags;
  if (engine === 'tfjs') return createTfjsEngine(graph, { backend, update: stepSgd });
  return createCpuEngine(graph, { kernels, threads, profile, update: stepSgd });
}

/** Of all threads together, for one run; what took no time is left out. */
function perRun(profile: Record<string, number>, runs: number): Record<string, number> {
  const shares = Object.entries(profile).map(([name, ms]) => [name, round(ms / runs)] as const);
  return Object.fromEntries(shares.filter(([, ms]) => ms >= 0.05));
}
