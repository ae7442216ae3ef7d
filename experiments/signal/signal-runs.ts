import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import type { PlannedRuns, RecordedExperiment } from '../many-runs/planned-runs.ts';
import { drawRandomCells } from '../many-runs/random-cells.ts';
import { estimateSignal } from './estimate-signal.ts';
import { cellOptionsOf, readRecordedPlan, type SignalPlan } from './signal-plan.ts';
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

/** The experiment as it is recorded. */
export const SIGNAL: RecordedExperiment<SignalPlan, SignalTask, SignalRun> = {
  name: 'signal',
  readPlan: readRecordedPlan,
  runsOf: signalRuns,
};

/** The runs of the experiment, and its files. */
function signalRuns(plan: SignalPlan): PlannedRuns<SignalTask, SignalRun> {
  const cells = drawRandomCells(cellOptionsOf(plan), plan.firstSeed, plan.cells);
  const tasks = listTasks(plan, cells);
  const { engine, threads } = plan.search as SearchOptionsInput;
  const collect = (runs: readonly SignalRun[]): SignalFile => {
    const cellRuns = runs.filter((run) => run.kind === 'cell');
    const supernets = runs.filter((run) => run.kind === 'supernet');
    return signalFile(plan, cellRuns, supernets);
  };
  return {
    title: 'signal',
    preset: plan.preset,
    parts: 'supernets and retrainings of random cells',
    engine,
    threads,
    tasks,
    folderOf,
    describeTask,
    describeOutcome,
    estimate: (testPictures, overrides, cpu) => estimateSignal(plan, tasks, cells, testPictures, overrides, cpu),
    make: (task, surroundings) => makeSignalRun(task, plan, cells, surroundings),
    write: (path, done) => writeSignal(path, collect(done)),
    // A figure of some cells would look like the whole.
    draw: async (path, done) => {
      if (done.length === tasks.length) await writeSignalFigures(path, collect(done));
    },
    close(path, done) {
      const file = collect(done);
      return {
        events: [
          ...file.rows.map((row) => ({ event: 'row', ...row })),
          { event: 'done', folder: path, cells: file.cells },
        ],
        text: (columns) => `${textOfSignal(file, columns)}\n\nfiles of the experiment: ${path}`,
      };
    },
  };
}
