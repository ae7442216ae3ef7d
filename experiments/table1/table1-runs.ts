import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import { estimateRuns } from '../many-runs/estimate-runs.ts';
import type { PlannedRuns, RecordedExperiment } from '../many-runs/planned-runs.ts';
import { describeEnd } from '../many-runs/search-and-retrain.ts';
import {
  listTasks,
  readRecordedPlan,
  retrainingsOf,
  searchOptionsOf,
  type Table1Plan,
  type Table1Task,
} from './table1-plan.ts';
import { table1File, textOfTable1, writeTable1 } from './table1-report.ts';
import { describeTask, folderOf, makeTable1Run, type Table1Run } from './table1-run.ts';

/** Table 1 as it is recorded. */
export const TABLE_1: RecordedExperiment<Table1Plan, Table1Task, Table1Run> = {
  name: 'table1',
  readPlan: readRecordedPlan,
  runsOf: table1Runs,
};

/** The runs of Table 1, and its files. */
function table1Runs(plan: Table1Plan): PlannedRuns<Table1Task, Table1Run> {
  const tasks = listTasks(plan);
  const { engine, threads } = plan.search as SearchOptionsInput;
  return {
    title: 'table 1',
    preset: plan.preset,
    parts: plan.randomSeeds.length === 0 ? 'searches and retrainings' : 'searches, retrainings and random cells',
    engine,
    threads,
    tasks,
    folderOf,
    describeTask,
    describeOutcome: describeEnd,
    estimate(testPictures, overrides, cpu) {
      const searches = tasks.map((task) => (task.epochs === null ? null : searchOptionsOf(plan, task, overrides)));
      return estimateRuns(searches, retrainingsOf(plan, STAND_IN, 0, overrides), testPictures, cpu);
    },
    make: (task, surroundings) => makeTable1Run(task, plan, surroundings),
    write: (path, done) => writeTable1(path, table1File(plan, done)),
    close(path, done) {
      const file = table1File(plan, done);
      return {
        events: [{ event: 'done', table: path, rows: file.rows }],
        text: (columns) => `${textOfTable1(file, columns)}\n\nfiles of the table: ${path}`,
      };
    },
  };
}
