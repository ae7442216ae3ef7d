import { counted } from '../../src/command/format.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import { estimateRuns } from '../many-runs/estimate-runs.ts';
import type { PlannedRuns, RecordedExperiment } from '../many-runs/planned-runs.ts';
import { describeEnd } from '../many-runs/search-and-retrain.ts';
import {
  type CollapsePlan,
  type CollapseTask,
  listCollapseTasks,
  readRecordedCollapsePlan,
  retrainingsOf,
  searchOptionsOf,
} from './collapse-plan.ts';
import { drawCollapse, textOfCollapse, writeCollapse } from './collapse-report.ts';
import { type CollapseRun, folderOf, makeCollapseRun, type WatchedRun, watchRun } from './collapse-run.ts';
import { collapseRows } from './collapse-table.ts';

/** The experiment as it is recorded. */
export const COLLAPSE: RecordedExperiment<CollapsePlan, CollapseTask, CollapseRun> = {
  name: 'collapse',
  readPlan: readRecordedCollapsePlan,
  runsOf: collapseRuns,
};

/** The runs of the experiment, and its files. */
function collapseRuns(plan: CollapsePlan): PlannedRuns<CollapseTask, CollapseRun> {
  const tasks = listCollapseTasks(plan);
  const { engine, threads } = plan.search as SearchOptionsInput;
  const watched = new Map<CollapseRun, WatchedRun>();
  const watchAll = (path: string, runs: readonly CollapseRun[]): WatchedRun[] => {
    for (const run of runs) if (!watched.has(run)) watched.set(run, watchRun(path, run));
    return runs.flatMap((run) => watched.get(run) ?? []);
  };
  return {
    title: 'collapse',
    preset: plan.preset,
    parts: plan.retrain ? 'searches and their retrainings' : 'searches',
    engine,
    threads,
    tasks,
    folderOf,
    describeTask: ({ variant, seed }) => `${variant}, ${counted(plan.epochs, 'epoch')}, seed ${seed}`,
    describeOutcome: describeEnd,
    estimate(testPictures, overrides, cpu) {
      const searches = tasks.map((task) => searchOptionsOf(plan, task, overrides));
      return estimateRuns(searches, retrainingsOf(plan, STAND_IN, 0, overrides), testPictures, cpu);
    },
    make: (task, surroundings) => makeCollapseRun(task, plan, surroundings),
    write: (path, done) => void writeCollapse(path, plan, watchAll(path, done)),
    draw: (path, done) => drawCollapse(path, plan, watchAll(path, done)),
    close(path, done) {
      const runs = watchAll(path, done);
      const rows = collapseRows(plan, runs);
      return {
        events: [{ event: 'done', folder: path, rows }],
        text: (columns) => `${textOfCollapse(plan, rows, runs, columns)}\n\nfigures: ${path}`,
      };
    },
  };
}
