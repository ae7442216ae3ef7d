import { openModulePool } from '../../actors/pool/module-pool.ts';

export interface TaskRunOptions<Result> {
  /** Module whose export runs a task: a file. */
  readonly file: string;
  readonly exportName: string;
  /** Threads at most. They change no result. */
  readonly workers: number;
  readonly signal: AbortSignal;
  /** Called as results come, in any order. */
  readonly onResult: (result: Result, index: number) => void;
}

/**
 * Runs tasks on threads, begun in the order given.
 *
 * @returns whether all of them ran; false where the signal came first, and tasks under way were abandoned
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
  // A call a thread: what waits in the pool would not be begun in its order.
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
