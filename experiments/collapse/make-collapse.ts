import { counted } from '../../src/command/format.ts';
import type { JobTools } from '../../src/command/job-program.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import type { LaneRequest } from '../many-runs/choose-lanes.ts';
import { estimateRuns } from '../many-runs/estimate-runs.ts';
import { makeRuns, type RunSet } from '../many-runs/make-runs.ts';
import { type ComingRuns, prepareRuns } from '../many-runs/prepare-runs.ts';
import type { Pause } from '../many-runs/run-in-lanes.ts';
import { describeEnd } from '../many-runs/search-and-retrain.ts';
import {
  type CollapsePlan,
  type CollapseTask,
  listCollapseTasks,
  retrainingsOf,
  searchOptionsOf,
} from './collapse-plan.ts';
import { drawCollapse, textOfCollapse, writeCollapse } from './collapse-report.ts';
import { type CollapseRun, folderOf, makeCollapseRun, type WatchedRun, watchRun } from './collapse-run.ts';

/**
 * Makes the runs, or those parts that are missing, and shows the progress. It writes the table and the epochs after
 * every run, and the figures at the end or when it is paused.
 *
 * @param path folder of the experiment
 * @returns where it was paused; null at its end
 */
export async function makeCollapse(
  path: string,
  plan: CollapsePlan,
  request: LaneRequest,
  tools: JobTools,
): Promise<Pause | null> {
  const { data, display, tell } = tools;
  const tasks = listCollapseTasks(plan);
  const { engine, threads } = plan.search as SearchOptionsInput;
  const coming: ComingRuns = {
    title: 'collapse',
    preset: plan.preset,
    parts: plan.retrain ? 'searches and their retrainings' : 'searches',
    engine,
    threads,
    estimate: (overrides, cpu) => {
      const searches = tasks.map((task) => searchOptionsOf(plan, task, overrides));
      return estimateRuns(searches, retrainingsOf(plan, STAND_IN, 0, overrides), data.test.count, cpu);
    },
  };
  const watched = new Map<CollapseRun, WatchedRun>();
  const watchAll = (runs: readonly CollapseRun[]): WatchedRun[] => {
    for (const run of runs) if (!watched.has(run)) watched.set(run, watchRun(path, run));
    return runs.flatMap((run) => watched.get(run) ?? []);
  };
  const set: RunSet<CollapseTask, CollapseRun> = {
    ...prepareRuns(coming, request, tools),
    path,
    tasks,
    folderOf,
    describeTask: ({ variant, seed }) => `${variant}, ${counted(plan.epochs, 'epoch')}, seed ${seed}`,
    describeOutcome: describeEnd,
    make: (task, surroundings) => makeCollapseRun(task, plan, surroundings),
    onRun: (runs) => writeCollapse(path, plan, watchAll(runs)),
  };
  const made = await makeRuns(set, tools);
  if ('step' in made) {
    if (watched.size > 0) await drawCollapse(path, plan, [...watched.values()]);
    return made;
  }

  const runs = watchAll(made);
  const rows = writeCollapse(path, plan, runs);
  await drawCollapse(path, plan, runs);
  tell({ event: 'done', folder: path, rows }, () => {
    display.stop();
    display.line(`\n${textOfCollapse(plan, rows, runs, display.columns)}\n\nfigures: ${path}`);
  });
  return null;
}
