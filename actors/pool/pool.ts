import { performance } from 'node:perf_hooks';
import { Piscina } from 'piscina';
import type { CandidateLoss } from '../../src/engine/engine.ts';
import type {
  AccuracyResult,
  AccuracyTask,
  EvaluateResult,
  EvaluateTask,
  LossesTask,
  PoolTask,
  PrepareTask,
  TaskReport,
} from '../messages.ts';
import { modulePath } from '../module-path.ts';
import { SupernetCallError, SupernetLostError } from '../supernet/supernet.ts';
import type { PoolData } from './make-mini-batch.ts';

/** Workers that may die of a task before it fails. Tasks are pure, so running one again is safe. */
const MAX_DEATHS = 3;

/**
 * Workers died of the same task, one after another: often for want of memory. The run's newest checkpoint stands, and a
 * repetition may succeed.
 */
export class WorkersLostError extends Error {
  override readonly name = 'WorkersLostError';
}

/**
 * Workers as a run's session sees them. A task runs on another worker if the first dies.
 *
 * Every task throws SupernetLostError and SupernetCallError as its calls of the supernet do. It throws a WorkersLostError
 * if `MAX_DEATHS` workers died of it.
 */
export interface Pool {
  /** Number of workers. */
  readonly workers: number;
  /** Makes a mini-batch and hands it to the supernet. */
  prepare(task: PrepareTask): Promise<null>;
  /** Evaluates proposals. */
  evaluate(task: EvaluateTask): Promise<EvaluateResult>;
  /** Measures the losses of mixing weights. */
  measureLosses(task: LossesTask): Promise<CandidateLoss[]>;
  /** Measures the accuracy on a mini-batch. */
  measureAccuracy(task: AccuracyTask): Promise<AccuracyResult>;
  /** Returns the statistics since the last call of this, or since the start. */
  takeStatistics(): PoolStatistics;
  /** Ends the workers. Tasks in progress are abandoned. */
  close(): Promise<void>;
}

/** Use of a pool's time since the last `takeStatistics`. */
export interface PoolStatistics {
  readonly tasks: number;
  /** Share of the workers' time spent on tasks (waiting for the supernet included). */
  readonly utilization: number;
  /** Mean time a task waited for a worker, in milliseconds. */
  readonly queueWaitMs: number;
  /** Tasks run again because their worker died. */
  readonly deaths: number;
}

/**
 * Returns Piscina's options of a fixed number of threads. Idle threads above the minimum would stop and lose what they
 * hold. An idle thread waits in its event loop: one that blocks in `Atomics.wait` can miss its termination, and then
 * `destroy` never ends.
 */
export function lastingThreads(workers: number) {
  return { minThreads: workers, maxThreads: workers, atomics: 'disabled' } as const;
}

/** A pool of worker threads, by Piscina. */
export class ThreadPool implements Pool {
  readonly workers: number;
  readonly #piscina: Piscina<PoolTask, TaskReport<unknown>>;
  #since = performance.now();
  #tasks = 0;
  #busyMs = 0;
  #waitMs = 0;
  #deaths = 0;

  /**
   * @param workers number of threads
   * @param data pictures and settings that every worker holds
   */
  constructor(workers: number, data: PoolData) {
    this.workers = workers;
    this.#piscina = new Piscina({
      filename: modulePath(import.meta.url, './worker'),
      workerData: data,
      ...lastingThreads(workers),
    });
  }

  async prepare(task: PrepareTask): Promise<null> {
    return await this.#run<null>({ kind: 'prepare', ...task });
  }

  async evaluate(task: EvaluateTask): Promise<EvaluateResult> {
    return await this.#run<EvaluateResult>({ kind: 'evaluate', ...task });
  }

  async measureLosses(task: LossesTask): Promise<CandidateLoss[]> {
    return await this.#run<CandidateLoss[]>({ kind: 'losses', ...task });
  }

  async measureAccuracy(task: AccuracyTask): Promise<AccuracyResult> {
    return await this.#run<AccuracyResult>({ kind: 'accuracy', ...task });
  }

  takeStatistics(): PoolStatistics {
    const now = performance.now();
    const statistics = {
      tasks: this.#tasks,
      utilization: this.#busyMs / ((now - this.#since) * this.workers),
      queueWaitMs: this.#tasks === 0 ? 0 : this.#waitMs / this.#tasks,
      deaths: this.#deaths,
    };
    this.#since = now;
    this.#tasks = this.#busyMs = this.#waitMs = this.#deaths = 0;
    return statistics;
  }

  async close(): Promise<void> {
    // A worker may still answer a task that was just abandoned, which Piscina would report as an error of its own.
    this.#piscina.on('error', () => undefined);
    await this.#piscina.destroy();
  }

  async #run<Result>(task: PoolTask): Promise<Result> {
    for (let deaths = 0; ; deaths++) {
      const submitted = performance.timeOrigin + performance.now();
      let report: TaskReport<unknown>;
      try {
        report = await this.#piscina.run(task);
      } catch (cause) {
        this.#deaths++;
        if (deaths + 1 < MAX_DEATHS) continue;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new WorkersLostError(`${MAX_DEATHS} workers died of the same ${task.kind} task: ${reason}`, { cause });
      }
      this.#tasks++;
      this.#busyMs += report.busyMs;
      this.#waitMs += Math.max(0, report.startedAt - submitted);
      if (report.ok) return report.result as Result;
      if (report.code === 'lost') throw new SupernetLostError(report.message);
      if (report.code === 'task') throw new Error(`a ${task.kind} task failed: ${report.message}`);
      throw new SupernetCallError(report.code, report.message);
    }
  }
}
