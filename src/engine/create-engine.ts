import type { BlockGraph } from '../network/block-graph.ts';
import { createCpuEngine } from './cpu/cpu-engine.ts';
import { builtKernels, type KernelsName, missingKernels } from './cpu/run/kernels.ts';
import type { Engine } from './engine.ts';

/** Engines by name. */
export const ENGINES = ['cpu', 'tfjs'] as const;
export type EngineName = (typeof ENGINES)[number];

/** Choice of an engine, and how to run it. */
export interface EngineOptions {
  /** `auto` takes TensorFlow.js if it has a GPU, else our own for CPUs. @default 'auto' */
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
  if (engine === 'cpu' || kernels !== 'auto') return await ownEngine();

  if (hasTfjsNode()) {
    const gpu = await tensorflow('tensorflow').catch(() => null);
    if (gpu?.description.usesGpu) return gpu;
    gpu?.dispose();
  }
  if (builtKernels().length > 0) return await ownEngine();
  const instead = await tensorflow('auto');
  const reason = `${instead.description.reason}; ${missingKernels('auto').message}`;
  return Object.assign(instead, { description: { ...instead.description, reason } });
}

/** Tells, without loading an engine, whether `createEngine` is sure to make the one for CPUs. */
export function takesCpuEngine({ engine = 'auto', backend = 'auto', kernels = 'auto' }: EngineOptions): boolean {
  if (engine !== 'auto' || backend !== 'auto') return engine === 'cpu';
  return kernels !== 'auto' || (!hasTfjsNode() && builtKernels().length > 0);
}

/** Whether the optional package with TensorFlow's own library is installed. */
function hasTfjsNode(): boolean {
  try {
    import.meta.resolve('@tensorflow/tfjs-node-gpu');
    return true;
  } catch {
    return false;
  }
}
