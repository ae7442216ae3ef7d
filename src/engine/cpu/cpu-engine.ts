import { availableParallelism } from 'node:os';
import type { BlockGraph } from '../../network/block-graph.ts';
import type { EngineDescription } from '../engine.ts';
import { PlannedEngine } from '../planned-engine.ts';
import { builtKernels, describeBuild, type KernelsName, missingKernels } from './run/kernels.ts';
import { Workspace } from './run/workspace.ts';

/** The native build refuses more. */
const MAX_THREADS = 1024;

/** Threads that a core is given at most. */
const THREADS_PER_CORE = 4;

/** Build of the kernels to run, and the number of threads. */
export interface CpuEngineOptions {
  /** `auto` takes the native build if there is one. @default 'auto' */
  readonly kernels?: KernelsName | 'auto';
  /**
   * Threads, which change no result. There are at most four a core: threads wait for each other without sleeping, so that
   * more would take each other's turns. @default all cores
   */
  readonly threads?: number;
  /** Whether to measure the time of every kind of operation. @default false */
  readonly profile?: boolean;
}

/**
 * Makes the engine for CPUs: our own kernels. Results have the same bits for every number of threads.
 *
 * @throws BackendError if the build asked for is missing
 * @throws RangeError if `threads` is not an integer from 1 to 1024
 */
export async function createCpuEngine(graph: BlockGraph, options: CpuEngineOptions): Promise<CpuEngine> {
  const cores = availableParallelism();
  const { kernels = 'auto', threads: asked = Math.min(cores, MAX_THREADS), profile = false } = options;
  if (!Number.isInteger(asked) || asked < 1 || asked > MAX_THREADS) {
    throw new RangeError(`threads must be an integer from 1 to ${MAX_THREADS}, got ${asked}`);
  }
  const threads = Math.min(asked, THREADS_PER_CORE * cores);
  const built = builtKernels();
  const chosen = kernels === 'auto' ? built[0] : built.find((name) => name === kernels);
  if (chosen === undefined) throw missingKernels(kernels);
  return new CpuEngine(graph, new Workspace(graph, { kernels: chosen, threads, profiled: profile }), {
    engine: 'cpu',
    backend: chosen,
    reason: `${kernels === 'auto' ? 'the fastest that was built' : 'asked for'}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    usesGpu: false,
    threads,
    build: describeBuild(chosen),
  });
}

/** Made by `createCpuEngine`. */
export class CpuEngine extends PlannedEngine {
  readonly #workspace: Workspace;

  constructor(graph: BlockGraph, workspace: Workspace, description: EngineDescription) {
    super(graph, workspace, description);
    this.#workspace = workspace;
  }

  /** Measures the peak of the threads, in GFLOP/s: they only multiply and add. The benchmark compares with it. */
  measurePeak(pictures: number): Promise<number> {
    return this.exclusive(async () => {
      await this.#workspace.fit(pictures);
      return this.#workspace.measurePeak();
    });
  }

  /** Milliseconds of all threads by kind of operation since the last call; all 0 if no profile is kept. */
  takeProfile(): Record<string, number> {
    return this.#workspace.takeProfile();
  }
}
