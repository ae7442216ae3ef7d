import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PausedEvent } from '../../../actors/index.ts';
import { NO_WORK } from '../../../experiments/many-runs/estimate-runs.ts';
import type { PlannedRuns } from '../../../experiments/many-runs/planned-runs.ts';
import type { Experiment } from '../../../experiments/many-runs/run-experiment.ts';
import type { RunSurroundings } from '../../../experiments/many-runs/run-part.ts';

/** A run by its name, and its estimated seconds. */
export interface MadeUpTask {
  readonly name: string;
  readonly seconds: number;
}

export interface MadeUpRun extends MadeUpTask {
  readonly result: number;
}

export interface MadeUpPlan {
  readonly tasks: readonly MadeUpTask[];
}

/** Work of a run; it may fail, or pause. @default it returns at once */
export type MadeUpWork = (task: MadeUpTask, surroundings: RunSurroundings) => Promise<PausedEvent | undefined>;

/** An experiment whose runs are files that need no engine. */
export function madeUpExperiment(
  plan: MadeUpPlan,
  work: MadeUpWork = async () => undefined,
): Experiment<MadeUpPlan, MadeUpTask, MadeUpRun> {
  return {
    name: 'made-up',
    plan: () => plan,
    readPlan: (recorded) => recorded as MadeUpPlan,
    runsOf: (plan) => runsOf(plan, work),
  };
}

function runsOf({ tasks }: MadeUpPlan, work: MadeUpWork): PlannedRuns<MadeUpTask, MadeUpRun> {
  return {
    title: 'made up',
    preset: 'none',
    parts: 'runs',
    engine: 'cpu',
    threads: 1,
    tasks,
    folderOf: ({ name }) => name,
    describeTask: ({ name }) => name,
    describeOutcome: ({ result }) => `result ${result}`,
    estimate: () => ({
      memoryBytes: 1,
      works: tasks.map(({ seconds }) => ({ search: { seconds, epochs: 1 }, retraining: NO_WORK })),
    }),
    async make(task, surroundings) {
      const file = join(surroundings.path, task.name, 'result.json');
      const paused: PausedEvent = { event: 'paused', step: 1, run: task.name };
      if (!existsSync(file)) {
        if (surroundings.data === null) return paused;
        const end = await surroundings.around('search', 'new', async () => {
          return (await work(task, surroundings)) ?? { event: 'done' };
        });
        if (end.event === 'paused') return paused;
        mkdirSync(join(surroundings.path, task.name), { recursive: true });
        writeFileSync(file, JSON.stringify({ ...task, result: task.name.length }));
      }
      return JSON.parse(readFileSync(file, 'utf8'));
    },
    write: (path, done) => writeFileSync(join(path, 'made-up.json'), JSON.stringify(done)),
    close: (path, done) => ({
      events: [{ event: 'done', folder: path, rows: done.map(({ name }) => name) }],
      text: () => `the table of ${done.map(({ name }) => name).join(', ')}`,
    }),
  };
}
