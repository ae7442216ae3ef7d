import { existsSync } from 'node:fs';
import type { BlockGraph } from '../network/block-graph.ts';
import { createCpuEngine } from './cpu/cpu-engine.ts';
import { builtKernels, type KernelsName, missingKernels } from './cpu/run/kernels.ts';
import type { Engine } from './engine.ts';
import { timeEngine } from './time-engine.ts';

/** Engines by name. */
export const ENGINES = ['cpu', 'webgpu', 'tfjs'] as const;
export type EngineName = (typeof ENGINES)[number];

/** Choice of an engine, and how to run it. */
export interface EngineOptions {
  /** `auto` takes that for GPUs if there is one and its steps are faster, else that for CPUs; TensorFlow.js only where neither runs. @default 'auto' */
  readonly engine?: EngineName | 'auto';
  /** Backend of TensorFlow.js; asking for one asks for that engine. @default 'auto' */
  readonly backend?: 'auto' | 'tensorflow' | 'wasm' | 'cpu';
  /** Build of the CPU engine's kernels; asking for one asks for that engine. @default 'auto' */
  readonly kernels?: KernelsName | 'auto';
  /** Threads of the CPU engine, which change no result; 0: all cores. @default 0 */
  readonly threads?: number;
}

/** What the system of a machine with a GPU has. Without it no GPU is looked for: the driver's library would complain. */
const GPU_FILES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg', '/dev/mali0'];

/**
 * Makes an engine for a graph. TensorFlow.js and the package `webgpu` are loaded only if they are used.
 *
 * @param batch pictures of a mini-batch, at which `auto` compares engines. @default none: it does not compare, and takes no GPU
 * @throws BackendError if this machine cannot run what was asked for
 */
export async function createEngine(
  graph: BlockGraph,
  { engine = 'auto', backend = 'auto', kernels = 'auto', threads = 0 }: EngineOptions,
  batch?: number,
): Promise<Engine> {
  const ownEngine = (): Promise<Engine> => {
    return createCpuEngine(graph, { kernels, ...(threads === 0 ? {} : { threads }) });
  };
  const tensorflow = async (wanted: typeof backend): Promise<Engine> => {
    const { createTfjsEngine } = await import('./tfjs/tfjs-engine.ts');
    return await createTfjsEngine(graph, { backend: wanted });
  };
  if (engine === 'webgpu') return await createGpuEngine(graph);
  if (engine === 'tfjs' || (engine === 'auto' && backend !== 'auto')) return await tensorflow(backend);
  if (engine === 'cpu' || kernels !== 'auto') return await ownEngine();

  const hasKernels = builtKernels().length > 0;
  const gpu = batch !== undefined && mayHaveGpu() ? await findGpuEngine(graph) : null;
  if (gpu !== null && batch !== undefined) {
    return hasKernels ? await takeFaster(gpu, await ownEngine(), graph, batch) : gpu;
  }
  if (hasKernels) return await ownEngine();
  // TensorFlow.js asks for thousands of small kernels a step, so that it is slower even with a GPU.
  const instead = await tensorflow('auto');
  const reason = `${instead.description.reason}; ${missingKernels('auto').message}`;
  return Object.assign(instead, { description: { ...instead.description, reason } });
}

/** Tells, without loading an engine, whether `createEngine` is sure to make the one for CPUs. */
export function takesCpuEngine({ engine = 'auto', backend = 'auto', kernels = 'auto' }: EngineOptions): boolean {
  if (engine !== 'auto' || backend !== 'auto') return engine === 'cpu';
  return kernels !== 'auto' || (!mayHaveGpu() && builtKernels().length > 0);
}

/**
 * Times both engines at the run's own size, and gives the slower one back.
 *
 * @param time seconds of an iteration. @default timeEngine
 */
export async function takeFaster(
  gpu: Engine,
  cpu: Engine,
  graph: BlockGraph,
  batch: number,
  time: typeof timeEngine = timeEngine,
): Promise<Engine> {
  // A GPU that lacks the memory is no choice.
  const seconds = [await time(gpu, graph, batch).catch(() => null), await time(cpu, graph, batch)] as const;
  const [onGpu, onCpu] = [seconds[0] === null ? 'fails' : describe(seconds[0]), describe(seconds[1])];
  const taken = seconds[0] !== null && seconds[0] < seconds[1] ? gpu : cpu;
  (taken === gpu ? cpu : gpu).dispose();
  const tried = `an iteration at this size ${onGpu} on webgpu (${gpu.description.reason}), ${onCpu} on cpu (${cpu.description.reason})`;
  return Object.assign(taken, { description: { ...taken.description, reason: `the faster one: ${tried}` } });
}

function describe(seconds: number): string {
  return `takes ${Number(seconds.toPrecision(2))} s`;
}

async function createGpuEngine(graph: BlockGraph): Promise<Engine> {
  const { createWebgpuEngine } = await import('./webgpu/webgpu-engine.ts');
  return await createWebgpuEngine(graph);
}

/** The engine for GPUs, if it would run on one; null if not. */
async function findGpuEngine(graph: BlockGraph): Promise<Engine | null> {
  const engine = await createGpuEngine(graph).catch(() => null);
  if (engine?.description.usesGpu) return engine;
  engine?.dispose();
  return null;
}

/** Whether a GPU is worth looking for: on Linux, whether its system shows one. */
function mayHaveGpu(): boolean {
  return process.platform !== 'linux' || GPU_FILES.some((file) => existsSync(file));
}
