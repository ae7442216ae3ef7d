import { join } from 'node:path';
import type { PausedEvent } from '../../actors/index.ts';
import { counted } from '../../src/command/format.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { retrainRandomCell } from '../many-runs/retrain-random-cell.ts';
import type { RunSurroundings } from '../many-runs/run-part.ts';
import { type RunEnd, searchAndRetrain } from '../many-runs/search-and-retrain.ts';
import { randomOptionsOf, retrainingsOf, searchOptionsOf, type Table1Plan, type Table1Task } from './table1-plan.ts';

/** A run of Table 1 as its files list it. */
export type Table1Run = Table1Task & RunEnd;

/** Folder of a run, below that of the table. */
export function folderOf({ variant, epochs, seed }: Table1Task): string {
  return epochs === null ? join(variant, `seed-${seed}`) : join(variant, `${epochs}-epochs`, `seed-${seed}`);
}

/** Makes one run, or the part of it that is missing. */
export async function makeTable1Run(
  task: Table1Task,
  plan: Table1Plan,
  surroundings: RunSurroundings,
): Promise<Table1Run | PausedEvent> {
  const { overrides } = surroundings;
  const folder = folderOf(task);
  const retrainings = (genotype: Genotype) => retrainingsOf(plan, genotype, task.seed, overrides);
  if (task.epochs === null) {
    const end = await retrainRandomCell(folder, randomOptionsOf(plan), task.seed, retrainings, surroundings);
    return 'event' in end ? end : { ...task, ...end };
  }
  const search = searchOptionsOf(plan, task, overrides);
  const end = await searchAndRetrain(folder, { search, retrainings }, surroundings);
  return 'event' in end ? end : { ...task, ...end };
}

export function describeTask({ variant, epochs, seed }: Table1Task): string {
  return epochs === null ? `random cell of seed ${seed}` : `${variant}, ${counted(epochs, 'epoch')}, seed ${seed}`;
}
