/** Where an experiment was paused. */
export interface Pause {
  /** Iterations that the paused runs have completed, added up. */
  readonly step: number;
}

/**
 * Makes runs in lanes: `lanes` of them at the same time, beginning in the order of the tasks. If one fails, the others
 * are asked to pause.
 *
 * @param signal asks all runs to pause
 * @param make makes a run; returns where it was paused, or null at its end
 * @returns null at the end of all runs
 * @throws the error of the first run that failed, once all others have stopped
 */
export async function runInLanes<Task>(
  tasks: readonly Task[],
  lanes: number,
  signal: AbortSignal,
  make: (task: Task, index: number, signal: AbortSignal) => Promise<Pause | null>,
): Promise<Pause | null> {
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const errors: unknown[] = [];
  const pauses: Pause[] = [];
  let next = 0;
  const runLane = async (): Promise<void> => {
    while (next < tasks.length && !stop.aborted) {
      const index = next++;
      try {
        const pause = await make(tasks[index] as Task, index, stop);
        if (pause !== null) pauses.push(pause);
      } catch (error) {
        errors.push(error);
        failure.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, runLane));
  if (errors.length > 0) throw errors[0];
  if (pauses.length === 0 && next === tasks.length) return null;
  return { step: pauses.reduce((sum, { step }) => sum + step, 0) };
}
