import { availableParallelism, totalmem } from 'node:os';
import { type EngineOptions, takesCpuEngine } from '../../src/engine/create-engine.ts';
import type { RunOverrides } from './run-part.ts';

/** Share of the machine's memory that runs at the same time may take together, unless their number is given. */
const MEMORY_SHARE = 0.8;

/** How the runs of an experiment were asked to be made. */
export interface LaneRequest extends RunOverrides {
  /** Runs at the same time. */
  readonly parallel?: number;
}

/** What the plan says of every run. */
export interface PlannedRun {
  readonly engine: EngineOptions['engine'] | undefined;
  readonly threads: number | undefined;
  /** Memory that a run takes. */
  readonly memoryBytes: number;
}

/** How the runs of an experiment are made. It changes no result. */
export interface Lanes {
  /** Number of runs made at the same time. */
  readonly lanes: number;
  /** Options of every run. */
  readonly overrides: RunOverrides;
}

/**
 * Chooses how many runs are made at the same time: by default as many as the cores and the memory allow if the engine is
 * that for CPUs, where runs of one thread each are faster than one run with all threads, and else one. Runs beside
 * others get one thread and one worker, unless that is given.
 *
 * @param tasks number of runs
 */
export function chooseLanes(
  request: LaneRequest,
  run: PlannedRun,
  tasks: number,
  machine: { readonly cores: number; readonly memoryBytes: number } = thisMachine(),
): Lanes {
  const { parallel, workers, threads = run.threads } = request;
  const byCores = threads === 0 ? 1 : Math.floor(machine.cores / (threads ?? 1));
  const byMemory = Math.floor((MEMORY_SHARE * machine.memoryBytes) / run.memoryBytes);
  const fitting = takesCpuEngine({ engine: run.engine ?? 'auto' }) ? Math.min(byCores, byMemory) : 1;
  const lanes = Math.max(1, Math.min(parallel ?? fitting, tasks));
  const alone = lanes === 1;
  // Only the engine for CPUs takes a number of threads.
  const takesThreads = (run.engine !== 'tfjs' && run.engine !== 'webgpu') || request.threads !== undefined;
  return {
    lanes,
    overrides: {
      ...(alone && workers === undefined ? {} : { workers: workers ?? 1 }),
      ...((alone && threads === undefined) || !takesThreads ? {} : { threads: threads ?? 1 }),
    },
  };
}

function thisMachine(): { readonly cores: number; readonly memoryBytes: number } {
  return { cores: availableParallelism(), memoryBytes: totalmem() };
}
