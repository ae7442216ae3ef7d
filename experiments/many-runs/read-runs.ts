import { RunFolderError } from '../../src/record/run-folder.ts';
import type { PlannedRuns } from './planned-runs.ts';
import type { DataFacts, RunSurroundings } from './run-part.ts';

/**
 * Reads a run from its folder.
 *
 * @param path folder of the experiment
 * @param facts of the experiment's pictures
 * @returns null if it is not done
 * @throws RunFolderError if the run was made with other options than the plan's, or its result is damaged
 */
export async function readRun<Task extends object, Run extends object>(
  { make }: Pick<PlannedRuns<Task, Run>, 'make'>,
  task: Task,
  path: string,
  facts: DataFacts,
): Promise<Run | null> {
  const run = await make(task, { ...READING, path, facts });
  return 'event' in run && run.event === 'paused' ? null : (run as Run);
}

/**
 * Reads the runs of an experiment that are done, in the order of its tasks.
 *
 * @param refuse hears of every run that cannot be read. @default it is thrown
 */
export async function readRuns<Task extends object, Run extends object>(
  planned: Pick<PlannedRuns<Task, Run>, 'make' | 'tasks'>,
  path: string,
  facts: DataFacts,
  refuse?: (error: RunFolderError) => void,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (const task of planned.tasks) {
    try {
      const run = await readRun(planned, task, path, facts);
      if (run !== null) runs.push(run);
    } catch (error) {
      if (refuse === undefined || !(error instanceof RunFolderError)) throw error;
      refuse(error);
    }
  }
  return runs;
}

/** Surroundings without pictures, in which nothing is made. */
const READING: Omit<RunSurroundings, 'path' | 'facts'> = {
  overrides: {},
  data: null,
  signal: new AbortController().signal,
  otherEngine: false,
  onEvent: () => undefined,
  around: (_phase, _state, work) => work(),
};
