import { performance } from 'node:perf_hooks';
import { Piscina } from 'piscina';
import type { PoolResult, PoolTask, TaskReport } from '../messages.ts';
import { modulePath } from '../module-path.ts';
import { SupernetCallError, SupernetLostError } from '../supernet/errors.ts';
import type { PoolData } from './make-mini-batch.ts';

/** Times a task is given to another worker after its own died. Tasks are pure, so running one again is safe. */
const MAX_DEATHS = 3;

/** What the pool's time went into, since the last `takeStatistics`. */
export interface PoolStatistics {
  readonly tasks: number;
  /** Share of the workers' time spent on tasks (waiting for the supernet included). */
  readonly utilization: number;
  /** Mean time a task waited for a worker, in milliseconds. */
  readonly queueWaitMs: number;
  /** Tasks run again because their worker died. */
  readonly deaths: number;
}

/** The Piscina pool of workers: prepares mini-batches ahead, evaluates proposals, measures accuracies. */
export class ProposalPool {
  readonly workers: number;
  readonly #piscina: Piscina<PoolTask, TaskReport<unknown>>;
  #since = performance.now();
  #tasks = 0;
  #busyMs = 0;
  #waitMs = 0;
  #deaths = 0;

  /**
   * @param workers number of threads
   * @param data what every worker holds: the pictures in shared memory, and how alphas become mixing weights
   */
  constructor(workers: number, data: PoolData) {
    this.workers = workers;
    this.#piscina = new Piscina({
      filename: modulePath(import.meta.url, './worker'),
      workerData: data,
      minThreads: workers, // as many as at most: idle threads above the minimum would stop and lose their caches
      maxThreads: workers,
    });
  }

  /**
   * Runs a task, on another worker where the first dies.
   *
   * @throws SupernetLostError, SupernetCallError as the task's calls of the supernet do
   * @throws Error where `MAX_DEATHS` workers died of it
   */
  async run<T extends PoolTask>(task: T): Promise<PoolResult<T['kind']>> {
    for (let deaths = 0; ; deaths++) {
      const submitted = performance.timeOrigin + performance.now();
      let report: TaskReport<unknown>;
      try {
        report = await this.#piscina.run(task);
      } catch (cause) {
        this.#deaths++;
        if (deaths + 1 < MAX_DEATHS) continue;
        throw new Error(`${MAX_DEATHS} workers died of the same ${task.kind} task: ${(cause as Error).message}`, {
          cause,
        });
      }
      this.#tasks++;
      this.#busyMs += report.busyMs;
      this.#waitMs += Math.max(0, report.startedAt - submitted);
      if (report.ok) return report.result as PoolResult<T['kind']>;
      if (report.code === 'lost') throw new SupernetLostError(report.message);
      if (report.code === 'task') throw new Error(`a ${task.kind} task failed: ${report.message}`);
      throw new SupernetCallError(report.code, report.message);
    }
  }

  /** Statistics since the last call of this, or since the start. */
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

  /** Ends the threads. Tasks in progress are abandoned. */
  async close(): Promise<void> {
    // A worker may still answer a task that was just abandoned, which Piscina would report as an error of its own.
    this.#piscina.on('error', () => undefined);
    await this.#piscina.destroy();
  }
}
