import type { PausedEvent } from '../../actors/index.ts';
import { percent } from '../../src/command/format.ts';
import type { RandomCell } from '../many-runs/random-cells.ts';
import type { RunSurroundings } from '../many-runs/run-part.ts';
import { type CellRun, type CellTask, folderOfCell, makeCell } from './cell-run.ts';
import { listSupernets, type SignalPlan, type SupernetTask } from './signal-plan.ts';
import { folderOfSupernet, makeSupernet, type SupernetRun } from './supernet-run.ts';

/** Run of the experiment: a supernet, or a retraining of a random cell. */
export type SignalTask = SupernetTask | CellTask;

/** Run that is done. */
export type SignalRun = SupernetRun | CellRun;

/** Lists all runs. The supernets come first: they take longest, and the cells can then fill all lanes to the end. */
export function listTasks(plan: SignalPlan, cells: readonly RandomCell[]): SignalTask[] {
  const retrainings = plan.retrainingSeeds.flatMap((seed) => {
    return cells.map((cell, index): CellTask => ({ kind: 'cell', index, cellSeed: cell.seed, seed }));
  });
  return [...listSupernets(plan), ...retrainings];
}

/** Folder of a run, below that of the experiment. */
export function folderOf(task: SignalTask): string {
  return task.kind === 'cell' ? folderOfCell(task) : folderOfSupernet(task);
}

/** Makes a run, or the part of it that is missing. */
export async function makeSignalRun(
  task: SignalTask,
  plan: SignalPlan,
  cells: readonly RandomCell[],
  surroundings: RunSurroundings,
): Promise<SignalRun | PausedEvent> {
  if (task.kind === 'supernet') return await makeSupernet(task, plan, cells, surroundings);
  return await makeCell(task, plan, cells[task.index] as RandomCell, surroundings);
}

export function describeTask(task: SignalTask): string {
  return task.kind === 'supernet'
    ? `supernet ${task.variant}, seed ${task.seed}`
    : `random cell of seed ${task.cellSeed}, retraining ${task.seed}`;
}

export function describeOutcome(run: SignalRun): string {
  if (run.reason !== null) return `diverged (${run.reason})`;
  if (run.kind === 'supernet') return `asked at ${run.ages.length} ages`;
  return `retrained ${percent(run.retrained?.accuracy ?? 0)}`;
}
