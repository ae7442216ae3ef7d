import type { BlockGraph } from '../network/block-graph.ts';
import { createCpuEngine } from './cpu/cpu-engine.ts';
import { builtKernels, type KernelsName, missingKernels } from './cpu/run/kernels.ts';
import type { Engine } from './engine.ts';

/** Engines by name. */
export const ENGINES = ['cpu', 'tfjs'] as const;
export type EngineName = (typeof ENGINES)[number];

/** Choice of an engine, and how to run it. */
export interface EngineOptions {
  /** `auto` takes our own for CPUs, and TensorFlow.js only where that cannot run. @default 'auto' */
  readonly engine?: EngineName | 'auto';
  /** Backend of TensorFlow.js; asking for one asks for that engine. @default 'auto' */
  readonly backend?: 'auto' | 'tensorflow' | 'wasm' | 'cpu';
  /** Build of the CPU engine's kernels; asking for one asks for that engine. @default 'auto' */
  readonly kernels?: KernelsName | 'auto';
  /** Threads of the CPU engine, which change no result; 0: all cores. @default 0 */
  readonly threads?: number;
}

/**
 * Makes an engine for a graph. TensorFlow.js is loaded only if it is used.
 *
 * @throws BackendError if this machine cannot run what was asked for
 */
export async function createEngine(
  graph: BlockGraph,
  { engine = 'auto', backend = 'auto', kernels = 'auto', threads = 0 }: EngineOptions,
): Promise<Engine> {
  const ownEngine = (): Promise<Engine> => {
    return createCpuEngine(graph, { kernels, ...(threads === 0 ? {} : { threads }) });
  };
  const tensorflow = async (wanted: typeof backend): Promise<Engine> => {
    const { createTfjsEngine } = await import('./tfjs/tfjs-engine.ts');
    return await createTfjsEngine(graph, { backend: wanted });
  };
  if (engine === 'tfjs' || (engine === 'auto' && backend !== 'auto')) return await tensorflow(backend);
  if (engine === 'cpu' || kernels !== 'auto' || builtKernels().length > 0) return await ownEngine();

  // TensorFlow.js asks for thousands of small kernels a step, so that it is slower even with a GPU.
  const instead = await tensorflow('auto');
  const reason = `${instead.description.reason}; ${missingKernels('auto').message}`;
  return Object.assign(instead, { description: { ...instead.description, reason } });
}

/** Tells, without loading an engine, whether `createEngine` is sure to make the one for CPUs. */
export function takesCpuEngine({ engine = 'auto', backend = 'auto', kernels = 'auto' }: EngineOptions): boolean {
  if (engine !== 'auto' || backend !== 'auto') return engine === 'cpu';
  return kernels !== 'auto' || builtKernels().length > 0;
}
