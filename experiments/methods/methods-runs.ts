import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import { estimateRuns } from '../many-runs/estimate-runs.ts';
import { retrainingOptionsOf } from '../many-runs/plan-options.ts';
import type { PlannedRuns, RecordedExperiment } from '../many-runs/planned-runs.ts';
import { describeEnd } from '../many-runs/search-and-retrain.ts';
import {
  listMethodsTasks,
  type MethodsPlan,
  type MethodsTask,
  RANDOM,
  readMethodsPlan,
  searchOptionsOf,
} from './methods-plan.ts';
import { drawMethods, textOfMethods, writeMethods } from './methods-report.ts';
import { describeTask, folderOf, type MethodsRun, makeMethodsRun } from './methods-run.ts';
import { methodsRows } from './methods-table.ts';

/** The table of methods as it is recorded. */
export const METHODS: RecordedExperiment<MethodsPlan, MethodsTask, MethodsRun> = {
  name: 'methods',
  readPlan: readMethodsPlan,
  runsOf: methodsRuns,
};

/** The runs of the table, and its files. */
function methodsRuns(plan: MethodsPlan): PlannedRuns<MethodsTask, MethodsRun> {
  const tasks = listMethodsTasks(plan);
  const { engine, threads } = plan.search as SearchOptionsInput;
  return {
    title: 'methods',
    preset: plan.preset,
    parts: 'searches, retrainings and random cells',
    engine,
    threads,
    tasks,
    folderOf,
    describeTask,
    describeOutcome: describeEnd,
    estimate(testPictures, overrides, cpu) {
      const searches = tasks.map((task) => (task.method === RANDOM ? null : searchOptionsOf(plan, task, overrides)));
      return estimateRuns(searches, [retrainingOptionsOf(plan, STAND_IN, 0, overrides)], testPictures, cpu);
    },
    make: (task, surroundings) => makeMethodsRun(task, plan, surroundings),
    write: (path, done) => writeMethods(path, plan, done),
    draw: (path, done) => drawMethods(path, plan, done),
    close: (path, done) => ({
      events: [{ event: 'done', folder: path, rows: methodsRows(plan, done) }],
      text: (columns) => `${textOfMethods(plan, done, columns)}\n\ntable and figure: ${path}`,
    }),
  };
}
