import type { PausedEvent } from '../../actors/index.ts';
import { describeDuration, percent } from '../../src/command/format.ts';
import type { JobTools } from '../../src/command/job-program.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { chooseLanes, type LaneRequest } from '../many-runs/choose-lanes.ts';
import { makeRuns } from '../many-runs/make-runs.ts';
import type { Pause } from '../many-runs/run-in-lanes.ts';
import type { RunSurroundings } from '../many-runs/run-part.ts';
import { WorkLeft } from '../many-runs/work-left.ts';
import { estimateTable1 } from './estimate-table1.ts';
import { listTasks, nameOf, type Table1Plan, type Table1Task } from './table1-plan.ts';
import { table1File, textOfTable1, writeTable1 } from './table1-report.ts';
import { folderOf, makeTable1Run, type Table1Run } from './table1-run.ts';

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
  const { memoryBytes } = estimateTable1(plan, {}, data);
  const { lanes, overrides } = chooseLanes(request, { engine, threads, memoryBytes }, tasks.length);
  const { works, on } = estimateTable1(plan, overrides, data);
  const { seconds } = new WorkLeft(works, lanes);
  const time = on === null ? 'an unknown time' : `about ${describeDuration(seconds)} ${on}`;
  const planned = { preset: plan.preset, runs: tasks.length, lanes, expectedSeconds: on === null ? null : seconds };
  tell({ event: 'planned', ...planned }, () => {
    display.line(
      `table 1    ${plan.preset}: searches and their retrainings, ${tasks.length} of each, ${lanes} at a time; ` +
        `in all ${time}`,
    );
  });
  const make = (task: Table1Task, surroundings: RunSurroundings): Promise<Table1Run | PausedEvent> => {
    return makeTable1Run(task, plan, surroundings);
  };
  const onRun = (runs: readonly Table1Run[]): void => writeTable1(path, table1File(plan, runs));
  const set = { path, tasks, works, lanes, overrides, folderOf, describeTask, describeOutcome, make, onRun };
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

function describeTask(task: Table1Task): string {
  return `${nameOf(task)}, ${task.epochs} epochs, seed ${task.seed}`;
}

function describeOutcome({ outcome, reason, search, retrained }: Table1Run): string {
  const searched = search === null ? '' : `search test ${percent(search.test)}, `;
  if (retrained !== null) return `${searched}retrained ${percent(retrained.accuracy)}`;
  return `${searched}${outcome === 'invalid' ? 'Invalid arch.' : 'diverged'} (${reason})`;
}
