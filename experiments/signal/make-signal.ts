import { describeDuration } from '../../src/command/format.ts';
import type { JobTools } from '../../src/command/job-program.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { chooseLanes, type LaneRequest } from '../many-runs/choose-lanes.ts';
import { makeRuns } from '../many-runs/make-runs.ts';
import type { Pause } from '../many-runs/run-in-lanes.ts';
import { WorkLeft } from '../many-runs/work-left.ts';
import type { CellRun } from './cell-run.ts';
import { estimateSignal } from './estimate-signal.ts';
import { drawRandomCells } from './random-cells.ts';
import { cellOptionsOf, type SignalPlan } from './signal-plan.ts';
import { type SignalFile, signalFile, textOfSignal, writeSignal, writeSignalFigures } from './signal-report.ts';
import { describeOutcome, describeTask, folderOf, listTasks, makeSignalRun, type SignalRun } from './signal-task.ts';
import type { SupernetRun } from './supernet-run.ts';

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
  const { memoryBytes } = estimateSignal(plan, tasks, cells, {}, data);
  const { lanes, overrides } = chooseLanes(request, { engine, threads, memoryBytes }, tasks.length);
  const { works, on } = estimateSignal(plan, tasks, cells, overrides, data);
  const { seconds } = new WorkLeft(works, lanes);
  const expectedSeconds = on === null ? null : seconds;
  tell({ event: 'planned', preset: plan.preset, runs: tasks.length, parallel: lanes, expectedSeconds }, () => {
    const time = on === null ? 'an unknown time' : `about ${describeDuration(seconds)} ${on}`;
    const supernets = tasks.filter(({ kind }) => kind === 'supernet').length;
    display.line(
      `signal     ${plan.preset}: ${supernets} supernets and ${tasks.length - supernets} retrainings of random cells, ` +
        `${lanes} at a time; in all ${time}`,
    );
  });
  const collect = (runs: readonly SignalRun[]): SignalFile => {
    const ofKind = Map.groupBy(runs, ({ kind }) => kind);
    return signalFile(
      plan,
      (ofKind.get('cell') ?? []) as readonly CellRun[],
      (ofKind.get('supernet') ?? []) as readonly SupernetRun[],
    );
  };
  const runs = await makeRuns(
    {
      ...{ path, tasks, works, lanes, overrides, folderOf, describeTask, describeOutcome },
      make: (task, surroundings) => makeSignalRun(task, plan, cells, surroundings),
      onRun: (done: readonly SignalRun[]) => writeSignal(path, collect(done)),
    },
    tools,
  );
  if ('step' in runs) return runs;

  const file = collect(runs);
  writeSignal(path, file);
  await writeSignalFigures(path, file);
  for (const row of file.rows) tell({ event: 'row', ...row }, () => undefined);
  tell({ event: 'done', folder: path, cells: file.cells }, () => {
    display.stop();
    display.line(`\n${textOfSignal(file)}\n\nfiles of the experiment: ${path}`);
  });
  return null;
}
