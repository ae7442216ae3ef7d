import { openModulePool } from '../../actors/pool/module-pool.ts';

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
