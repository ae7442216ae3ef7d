import { SingleBar } from 'cli-progress';
import { openModulePool } from '../../actors/pool/module-pool.ts';
import { describeDuration, withCommas } from '../../src/command/format.ts';
import { print, type WritableStream } from '../../src/command/print.ts';
import { barFormat, barOptions, describeLeft, showsBars } from '../../src/command/progress-bar.ts';

export interface TaskRunOptions<Result> {
  /** File of the module whose export runs a task. */
  readonly file: string;
  readonly exportName: string;
  /** Largest number of threads; it changes no result. */
  readonly workers: number;
  readonly signal: AbortSignal;
  /** Receives the results as they come, in any order. */
  readonly onResult: (result: Result, index: number) => void;
}

/**
 * Runs tasks on threads. They begin in the order given.
 *
 * @returns whether all of them ran; false if the signal came first, and tasks under way were abandoned
 * @throws Error with the message of a task that failed; the others are abandoned
 */
export async function runTasks<Task, Result>(
  tasks: readonly Task[],
  { file, exportName, workers, signal, onResult }: TaskRunOptions<Result>,
): Promise<boolean> {
  if (signal.aborted) return false;
  const threads = Math.min(workers, tasks.length);
  const pool = openModulePool<Task, Result>(file, { workers: threads, exportName });
  let next = 0;
  // One call a thread: tasks that wait in the pool might begin in another order.
  const runLane = async (): Promise<void> => {
    while (next < tasks.length) {
      const index = next++;
      onResult(await pool.call(tasks[index] as Task), index);
    }
  };
  try {
    const all = Promise.all(Array.from({ length: threads }, runLane));
    const aborted = new Promise<false>((resolve) => {
      signal.addEventListener('abort', () => resolve(false), { once: true });
    });
    return await Promise.race([all.then(() => true), aborted]);
  } finally {
    next = tasks.length;
    await pool.close();
  }
}

/** Number of lines that tell of the progress without a terminal. */
const LINES = 10;

/** Shows how many of a number of runs are done: a bar on a terminal, some plain lines elsewhere. */
export class RunProgress {
  readonly #total: number;
  readonly #stream: WritableStream;
  readonly #bar: SingleBar | null;
  readonly #startedAt = performance.now();
  #done = 0;

  constructor(total: number, stream: WritableStream) {
    this.#total = total;
    this.#stream = stream;
    // The time left follows from the runs that are done, as all take the same time on average.
    const format = barFormat(stream, ({ value, left }) => [
      `${withCommas(value)}/${withCommas(total)} runs`,
      ...describeLeft(left),
      describeDuration(this.#seconds),
    ]);
    this.#bar = showsBars(stream) ? new SingleBar({ ...barOptions(stream), etaBuffer: 200, format }) : null;
    this.#bar?.start(total, 0);
  }

  /** Counts one more run as done. */
  advance(): void {
    this.#done++;
    this.#bar?.update(this.#done);
    if (this.#bar !== null) return;
    const line = (done: number): number => Math.floor((LINES * done) / this.#total);
    if (line(this.#done) > line(this.#done - 1)) print(this.#stream, `${this.#describe()}\n`);
  }

  stop(): void {
    this.#bar?.stop();
  }

  get #seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  #describe(): string {
    const seconds = this.#seconds;
    const left = (seconds / this.#done) * (this.#total - this.#done);
    const counts = `${withCommas(this.#done)}/${withCommas(this.#total)} runs`;
    return `${counts}  ${describeDuration(seconds)}  about ${describeDuration(left)} left`;
  }
}
