import { performance } from 'node:perf_hooks';
import { CpuEngine, createCpuEngine } from '../src/engine/cpu/cpu-engine.ts';
import type { KernelsName } from '../src/engine/cpu/kernels.ts';
import type { Engine, MixingWeights } from '../src/engine/engine.ts';
import type { Backend } from '../src/engine/tfjs/backend.ts';
import { createTfjsEngine } from '../src/engine/tfjs/tfjs-engine.ts';
import { Random } from '../src/math/random.ts';
import { median } from '../src/math/statistics.ts';
import { countMacs } from '../src/network/count.ts';
import { initialWeights } from '../src/network/initial-weights.ts';
import { buildSupernet } from '../src/network/supernet.ts';
import { stepSgd } from '../src/optimize/sgd.ts';
import { FAIR_DARTS_PRIMITIVES } from '../src/space/primitives.ts';
import { report, round } from './bench-report.ts';

export interface StepFlags {
  readonly engine: 'cpu' | 'tfjs';
  readonly kernels: KernelsName | 'auto';
  readonly backend: Backend | 'auto';
  readonly channels: number;
  readonly layers: number;
  readonly batch: number;
  readonly image: number;
  readonly threads: number;
  readonly reps: number;
  readonly profile: boolean;
}

/**
 * What is timed: its name in the lines of the PyTorch peer, and the forward passes that its operations are worth. A
 * gradient in the input of a convolution, or in its weights, is as many multiply-adds as the convolution.
 */
const MEASUREMENTS = [
  { measurement: 'weight-step', passes: 3, images: 1 },
  { measurement: 'alpha-step', passes: 2, images: 1 },
  { measurement: 'forward', passes: 1, images: 1 },
  { measurement: 'evaluate-8', passes: 8, images: 8 },
] as const;

const SETTINGS = { learningRate: 0.01, momentum: 0.9, weightDecay: 3e-4, clipNorm: 5 };

/** Times the steps of a search on the FairDARTS supernet. */
export async function benchStep(flags: StepFlags): Promise<void> {
  const { channels, layers, batch, image } = flags;
  const graph = buildSupernet({ channels, layers, nodes: 4, primitives: FAIR_DARTS_PRIMITIVES, image });
  const engine = await createEngine(flags, graph);
  await engine.restore({ weights: initialWeights(graph, 0), velocity: {}, statistics: {} });
  const random = Random.fromSeed(0, 'bench');
  const pictures = {
    images: Float32Array.from({ length: batch * image * image * 3 }, () => random.normal()),
    labels: Uint8Array.from({ length: batch }, () => random.integer(10)),
  };
  const draw = (): Float32Array => Float32Array.from({ length: 98 }, () => random.uniform());
  const mixing = { normal: draw(), reduce: draw() };
  // As proposals are: each differs from the base in one coordinate, half of them of either cell.
  const candidates = Array.from({ length: 8 }, (_, i): MixingWeights => {
    const moved = random.integer(98);
    const kind = i % 2 === 0 ? 'normal' : 'reduce';
    return { ...mixing, [kind]: mixing[kind].with(moved, random.uniform()) };
  });
  const runs = {
    'weight-step': () => engine.weightsStep(pictures, mixing, SETTINGS),
    'alpha-step': () => engine.mixingGradient(pictures, mixing),
    forward: () => engine.losses(pictures, [mixing], { perExample: false }),
    'evaluate-8': () => engine.losses(pictures, candidates, { perExample: false }),
  };

  const peak = engine instanceof CpuEngine ? await engine.measurePeak(batch) : null;
  for (const { measurement, passes, images } of MEASUREMENTS) {
    // The first runs compile, and touch memory for the first time.
    for (let i = 0; i < 2; i++) await runs[measurement]();
    if (engine instanceof CpuEngine) engine.takeProfile();
    const seconds: number[] = [];
    for (let rep = 0; rep < flags.reps; rep++) {
      const start = performance.now();
      await runs[measurement]();
      seconds.push((performance.now() - start) / 1000);
    }
    const middle = median(seconds);
    const gflops = (2 * countMacs(graph) * batch * passes) / middle / 1e9;
    report({
      measurement,
      medianSeconds: round(middle),
      minSeconds: round(Math.min(...seconds)),
      maxSeconds: round(Math.max(...seconds)),
      imagesPerSecond: round((images * batch) / middle),
      gflops: round(gflops),
      ...(peak === null ? {} : { peakGflops: round(peak), shareOfPeak: round(gflops / peak) }),
      reps: flags.reps,
      engine: flags.engine,
      backend: engine.description.backend,
      ...(flags.engine === 'cpu' ? { threads: flags.threads } : {}),
      channels,
      layers,
      batch,
      image,
      memoryMiB: Math.round(engine.memory().bytes / 2 ** 20),
      ...(flags.profile && engine instanceof CpuEngine ? { profileMs: perRun(engine.takeProfile(), flags.reps) } : {}),
    });
  }
  engine.dispose();
}

function createEngine(flags: StepFlags, graph: ReturnType<typeof buildSupernet>): Promise<Engine> {
  const { engine, kernels, backend, threads, profile } = flags;
  if (engine === 'tfjs') return createTfjsEngine(graph, { backend, update: stepSgd });
  return createCpuEngine(graph, { kernels, threads, profile, update: stepSgd });
}

/** Of all threads together, for one run; what took no time is left out. */
function perRun(profile: Record<string, number>, runs: number): Record<string, number> {
  const shares = Object.entries(profile).map(([name, ms]) => [name, round(ms / runs)] as const);
  return Object.fromEntries(shares.filter(([, ms]) => ms >= 0.05));
}
