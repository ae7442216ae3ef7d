import type { JobTools } from '../../src/command/job-program.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import type { LaneRequest } from '../many-runs/choose-lanes.ts';
import { estimateRuns } from '../many-runs/estimate-runs.ts';
import { makeRuns, type RunSet } from '../many-runs/make-runs.ts';
import { type ComingRuns, prepareRuns } from '../many-runs/prepare-runs.ts';
import type { Pause } from '../many-runs/run-in-lanes.ts';
import { describeEnd } from '../many-runs/search-and-retrain.ts';
import { listTasks, retrainingsOf, searchOptionsOf, type Table1Plan, type Table1Task } from './table1-plan.ts';
import { table1File, textOfTable1, writeTable1 } from './table1-report.ts';
import { describeTask, folderOf, makeTable1Run, type Table1Run } from './table1-run.ts';

/**
 * Makes Table 1, or the part of it that is missing, and shows the progress. It writes the table's files after every run.
 *
 * @param path folder of the table
 * @returns where it was paused; null at its end
 */
export async function makeTable1(
  path: string,
  plan: Table1Plan,
  request: LaneRequest,
  tools: JobTools,
): Promise<Pause | null> {
  const { data, display, tell } = tools;
  const tasks = listTasks(plan);
  const { engine, threads } = plan.search as SearchOptionsInput;
  const coming: ComingRuns = {
    title: 'table 1',
    preset: plan.preset,
    parts: plan.randomSeeds.length === 0 ? 'searches and retrainings' : 'searches, retrainings and random cells',
    engine,
    threads,
    estimate: (overrides, cpu) => {
      const searches = tasks.map((task) => (task.epochs === null ? null : searchOptionsOf(plan, task, overrides)));
      return estimateRuns(searches, retrainingsOf(plan, STAND_IN, 0, overrides), data.test.count, cpu);
    },
  };
  const set: RunSet<Table1Task, Table1Run> = {
    ...prepareRuns(coming, request, tools),
    path,
    tasks,
    folderOf,
    describeTask,
    describeOutcome: describeEnd,
    make: (task, surroundings) => makeTable1Run(task, plan, surroundings),
    onRun: (runs) => writeTable1(path, table1File(plan, runs)),
  };
  const runs = await makeRuns(set, tools);
  if ('step' in runs) return runs;

  const file = table1File(plan, runs);
  writeTable1(path, file);
  tell({ event: 'done', table: path, rows: file.rows }, () => {
    display.stop();
    display.line(`\n${textOfTable1(file, display.columns)}\n\nfiles of the table: ${path}`);
  });
  return null;
}
