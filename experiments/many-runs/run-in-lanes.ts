/** Where an experiment was paused. */
export interface Pause {
  /** Iterations that the paused runs have completed, added up. */
  readonly step: number;
}

/**
 * Makes runs in lanes: `lanes` of them at the same time. If one fails, the others are asked to pause.
 *
 * @param next takes the run that begins next; null once there is none
 * @param signal asks all runs to pause
 * @param make makes a run; returns where it was paused, or null at its end
 * @returns null if no run was paused, and none was left out because of the signal
 * @throws the error of the first run that failed, once all others have stopped
 */
export async function runInLanes<Taken>(
  next: (signal: AbortSignal) => Promise<Taken | null>,
  lanes: number,
  signal: AbortSignal,
  make: (taken: Taken, signal: AbortSignal) => Promise<Pause | null>,
): Promise<Pause | null> {
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const errors: unknown[] = [];
  const pauses: Pause[] = [];
  let left = false;
  const runLane = async (): Promise<void> => {
    try {
      while (!stop.aborted) {
        const taken = await next(stop);
        if (taken === null) return;
        const pause = await make(taken, stop);
        if (pause !== null) pauses.push(pause);
      }
      left = true;
    } catch (error) {
      errors.push(error);
      failure.abort(error);
    }
  };
  await Promise.all(Array.from({ length: lanes }, runLane));
  if (errors.length > 0) throw errors[0];
  if (pauses.length === 0 && !left) return null;
  return { step: pauses.reduce((sum, { step }) => sum + step, 0) };
}
