import { percent } from '../../src/command/format.ts';
import type { JobTools } from '../../src/command/job-program.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import type { LaneRequest } from '../many-runs/choose-lanes.ts';
import { makeRuns, type RunSet } from '../many-runs/make-runs.ts';
import { type EstimatedRuns, prepareEstimatedRuns } from '../many-runs/prepare-runs.ts';
import type { Pause } from '../many-runs/run-in-lanes.ts';
import { estimateTable1 } from './estimate-table1.ts';
import { listTasks, type Table1Plan, type Table1Task } from './table1-plan.ts';
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
  const coming: EstimatedRuns = {
    title: 'table 1',
    preset: plan.preset,
    parts: plan.randomSeeds.length === 0 ? 'searches and retrainings' : 'searches, retrainings and random cells',
    engine,
    threads,
    estimate: (overrides, cpu) => estimateTable1(plan, data.test.count, overrides, cpu),
  };
  const set: RunSet<Table1Task, Table1Run> = {
    ...prepareEstimatedRuns(coming, request, tools),
    path,
    tasks,
    folderOf,
    describeTask,
    describeOutcome,
    make: (task, surroundings) => makeTable1Run(task, plan, surroundings),
    onRun: (runs) => writeTable1(path, table1File(plan, runs)),
  };
  const runs = await makeRuns(set, tools);
  if ('step' in runs) return runs;

  const file = table1File(plan, runs);
  writeTable1(path, file);
  tell({ event: 'done', table: path, rows: file.rows }, () => {
    display.stop();
    display.line(`\n${textOfTable1(file)}\n\nfiles of the table: ${path}`);
  });
  return null;
}

function describeOutcome({ outcome, reason, search, retrained }: Table1Run): string {
  const searched = search === null ? '' : `search test ${percent(search.test)}, `;
  if (retrained !== null) return `${searched}retrained ${percent(retrained.accuracy)}`;
  return `${searched}${outcome === 'invalid' ? 'Invalid arch.' : 'diverged'} (${reason})`;
}
