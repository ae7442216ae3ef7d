import type { JobTools } from '../../src/command/job-program.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import type { LaneRequest } from '../many-runs/choose-lanes.ts';
import { estimateRuns } from '../many-runs/estimate-runs.ts';
import { makeRuns, type RunSet } from '../many-runs/make-runs.ts';
import { retrainingOptionsOf } from '../many-runs/plan-options.ts';
import { type ComingRuns, prepareRuns } from '../many-runs/prepare-runs.ts';
import type { Pause } from '../many-runs/run-in-lanes.ts';
import { describeEnd } from '../many-runs/search-and-retrain.ts';
import { listMethodsTasks, type MethodsPlan, type MethodsTask, RANDOM, searchOptionsOf } from './methods-plan.ts';
import { drawMethods, textOfMethods, writeMethods } from './methods-report.ts';
import { describeTask, folderOf, type MethodsRun, makeMethodsRun } from './methods-run.ts';

/**
 * Makes the runs, or those parts that are missing, and shows the progress. It writes the table after every run, and the
 * figure at the end or when it is paused.
 *
 * @param path folder of the table
 * @returns where it was paused; null at its end
 */
export async function makeMethods(
  path: string,
  plan: MethodsPlan,
  request: LaneRequest,
  tools: JobTools,
): Promise<Pause | null> {
  const { data, display, tell } = tools;
  const tasks = listMethodsTasks(plan);
  const { engine, threads } = plan.search as SearchOptionsInput;
  const coming: ComingRuns = {
    title: 'methods',
    preset: plan.preset,
    parts: 'searches, retrainings and random cells',
    engine,
    threads,
    estimate: (overrides, cpu) => {
      const searches = tasks.map((task) => (task.method === RANDOM ? null : searchOptionsOf(plan, task, overrides)));
      return estimateRuns(searches, [retrainingOptionsOf(plan, STAND_IN, 0, overrides)], data.test.count, cpu);
    },
  };
  let done: readonly MethodsRun[] = [];
  const set: RunSet<MethodsTask, MethodsRun> = {
    ...prepareRuns(coming, request, tools),
    path,
    tasks,
    folderOf,
    describeTask,
    describeOutcome: describeEnd,
    make: (task, surroundings) => makeMethodsRun(task, plan, surroundings),
    onRun: (runs) => {
      done = runs;
      writeMethods(path, plan, runs);
    },
  };
  const made = await makeRuns(set, tools);
  if ('step' in made) {
    if (done.length > 0) await drawMethods(path, plan, done);
    return made;
  }

  const rows = writeMethods(path, plan, made);
  await drawMethods(path, plan, made);
  tell({ event: 'done', folder: path, rows }, () => {
    display.stop();
    display.line(`\n${textOfMethods(plan, made, display.columns)}\n\ntable and figure: ${path}`);
  });
  return null;
}
