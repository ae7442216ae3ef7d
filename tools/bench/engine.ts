import { performance } from 'node:perf_hooks';
import { CpuEngine, createCpuEngine } from '../../src/engine/cpu/cpu-engine.ts';
import { type Plan, planNetwork } from '../../src/engine/cpu/plan/plan.ts';
import type { KernelsName } from '../../src/engine/cpu/run/kernels.ts';
import type { Backend, Engine, MiniBatch } from '../../src/engine/engine.ts';
import { createTfjsEngine } from '../../src/engine/tfjs/tfjs-engine.ts';
import { createWebgpuEngine } from '../../src/engine/webgpu/webgpu-engine.ts';
import type { Random } from '../../src/math/random.ts';
import { median } from '../../src/math/statistics.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { initialWeights } from '../../src/network/initial-weights.ts';
import { report, round } from './report.ts';
import { describeLimits, drawRoofline, measureLimits } from './roofline/roofline.ts';

/** Flags of the benchmarks that time an engine. */
export interface EngineFlags {
  readonly engine: 'cpu' | 'webgpu' | 'tfjs';
  readonly kernels: KernelsName | 'auto';
  readonly backend: Backend | 'auto';
  readonly channels: number;
  readonly layers: number;
  readonly batch: number;
  readonly threads: number;
  readonly reps: number;
  readonly profile: boolean;
  readonly roofline: boolean;
}

/** A call that is timed, under its name in the lines of the PyTorch peer. */
export interface Measurement {
  readonly measurement: string;
  /** Multiply-adds of one picture. */
  readonly macs: number;
  /** Pictures that go through the network, in mini-batches. @default 1 */
  readonly images?: number;
  run(): Promise<unknown>;
  /** Schedules that the CPU engine runs for it, when it is called again and again. */
  schedules(plan: Plan): readonly Int32Array[];
}

export const SGD_SETTINGS = { learningRate: 0.01, momentum: 0.9, weightDecay: 3e-4, clipNorm: 5 };

/** An engine that holds the network with its initial weights. */
export async function openEngine(flags: EngineFlags, graph: BlockGraph): Promise<Engine> {
  const { engine: name, kernels, backend, threads } = flags;
  const profile = flags.profile || flags.roofline;
  const engine =
    name === 'tfjs'
      ? await createTfjsEngine(graph, { backend })
      : name === 'webgpu'
        ? await createWebgpuEngine(graph)
        : await createCpuEngine(graph, { kernels, threads, profile });
  await engine.restore({ weights: initialWeights(graph, 0), velocity: {}, statistics: {} });
  return engine;
}

/** A mini-batch of noise. */
export function drawPictures(random: Random, batch: number, image: number): MiniBatch {
  return {
    images: Float32Array.from({ length: batch * image * image * 3 }, () => random.normal()),
    labels: Uint16Array.from({ length: batch }, () => random.integer(10)),
  };
}

/**
 * Times an engine and prints a line for each measurement: seconds, images a second, floating-point operations a second,
 * and, for the CPU engine, their share of the peak of the same threads, measured before. With `roofline`, a table of the
 * CPU engine's operations follows.
 *
 * @param graph the engine's
 * @param facts the network's sizes, for the lines
 */
export async function timeEngine(
  engine: Engine,
  graph: BlockGraph,
  flags: EngineFlags,
  measurements: readonly Measurement[],
  facts: object,
): Promise<void> {
  const { batch, reps } = flags;
  const cpu = engine instanceof CpuEngine ? engine : null;
  const peak = cpu && (await cpu.measurePeak(batch));
  const limits = cpu && peak !== null && flags.roofline ? await measureLimits(cpu, flags.threads, peak) : null;
  const plan = limits && planNetwork(graph, batch);
  if (limits) process.stdout.write(describeLimits(limits));
  for (const { measurement, macs, images = 1, run, schedules } of measurements) {
    // The first runs compile, and touch memory for the first time.
    for (let i = 0; i < 2; i++) await run();
    cpu?.takeProfile();
    const seconds: number[] = [];
    for (let rep = 0; rep < reps; rep++) {
      const start = performance.now();
      await run();
      seconds.push((performance.now() - start) / 1000);
    }
    const profileMs = perRun(cpu?.takeProfile() ?? {}, reps);
    const middle = median(seconds);
    const gflops = (2 * macs * batch) / middle / 1e9;
    report({
      measurement,
      medianSeconds: round(middle),
      minSeconds: round(Math.min(...seconds)),
      maxSeconds: round(Math.max(...seconds)),
      imagesPerSecond: round((images * batch) / middle),
      gflops: round(gflops),
      ...(peak === null ? {} : { peakGflops: round(peak), shareOfPeak: round(gflops / peak) }),
      reps,
      engine: flags.engine,
      backend: engine.description.backend,
      ...(flags.engine === 'cpu' ? { threads: flags.threads } : {}),
      ...facts,
      memoryMiB: Math.round(engine.memory().bytes / 2 ** 20),
      ...(flags.profile && cpu ? { profileMs: roundProfile(profileMs) } : {}),
    });
    if (limits === null || plan === null) continue;
    const wallMs = (1000 * seconds.reduce((sum, each) => sum + each, 0)) / reps;
    process.stdout.write(`\n${measurement}\n${drawRoofline(schedules(plan), limits, { wallMs, profileMs })}\n`);
  }
}

/** Milliseconds of all threads together for one run. */
function perRun(profile: Record<string, number>, runs: number): Record<string, number> {
  return Object.fromEntries(Object.entries(profile).map(([name, ms]) => [name, ms / runs]));
}

/** Leaves out operations that take next to no time. */
function roundProfile(profile: Record<string, number>): Record<string, number> {
  const rounded = Object.entries(profile).map(([name, ms]) => [name, round(ms)] as const);
  return Object.fromEntries(rounded.filter(([, ms]) => ms >= 0.05));
}
