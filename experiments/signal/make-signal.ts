import type { JobTools } from '../../src/command/job-program.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import type { LaneRequest } from '../many-runs/choose-lanes.ts';
import { makeRuns, type RunSet } from '../many-runs/make-runs.ts';
import { type ComingRuns, prepareRuns } from '../many-runs/prepare-runs.ts';
import { drawRandomCells } from '../many-runs/random-cells.ts';
import type { Pause } from '../many-runs/run-in-lanes.ts';
import { estimateSignal } from './estimate-signal.ts';
import { cellOptionsOf, type SignalPlan } from './signal-plan.ts';
import { type SignalFile, signalFile, textOfSignal, writeSignal, writeSignalFigures } from './signal-report.ts';
import {
  describeOutcome,
  describeTask,
  folderOf,
  listTasks,
  makeSignalRun,
  type SignalRun,
  type SignalTask,
} from './signal-task.ts';

/**
 * Makes the experiment, or the part of it that is missing, and shows the progress. It writes the tables after every run,
 * and the figures at the end.
 *
 * @param path folder of the experiment
 * @returns where it was paused; null at its end
 */
export async function makeSignal(
  path: string,
  plan: SignalPlan,
  request: LaneRequest,
  tools: JobTools,
): Promise<Pause | null> {
  const { data, display, tell } = tools;
  const cells = drawRandomCells(cellOptionsOf(plan), plan.firstSeed, plan.cells);
  const tasks = listTasks(plan, cells);
  const { engine, threads } = plan.search as SearchOptionsInput;
  const coming: ComingRuns = {
    title: 'signal',
    preset: plan.preset,
    parts: 'supernets and retrainings of random cells',
    engine,
    threads,
    estimate: (overrides, cpu) => estimateSignal(plan, tasks, cells, data.test.count, overrides, cpu),
  };
  const collect = (runs: readonly SignalRun[]): SignalFile => {
    const cellRuns = runs.filter((run) => run.kind === 'cell');
    const supernets = runs.filter((run) => run.kind === 'supernet');
    return signalFile(plan, cellRuns, supernets);
  };
  const set: RunSet<SignalTask, SignalRun> = {
    ...prepareRuns(coming, request, tools),
    path,
    tasks,
    folderOf,
    describeTask,
    describeOutcome,
    make: (task, surroundings) => makeSignalRun(task, plan, cells, surroundings),
    onRun: (runs) => writeSignal(path, collect(runs)),
  };
  const runs = await makeRuns(set, tools);
  if ('step' in runs) return runs;

  const file = collect(runs);
  writeSignal(path, file);
  await writeSignalFigures(path, file);
  for (const row of file.rows) tell({ event: 'row', ...row }, () => undefined);
  tell({ event: 'done', folder: path, cells: file.cells }, () => {
    display.stop();
    display.line(`\n${textOfSignal(file, display.columns)}\n\nfiles of the experiment: ${path}`);
  });
  return null;
}
