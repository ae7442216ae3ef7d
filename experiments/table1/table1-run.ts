import { join } from 'node:path';
import type { PausedEvent } from '../../actors/index.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import type { RunSurroundings } from '../many-runs/run-part.ts';
import { type RunEnd, searchAndRetrain } from '../many-runs/search-and-retrain.ts';
import { nameOf, retrainingOptionsOf, searchOptionsOf, type Table1Plan, type Table1Task } from './table1-plan.ts';

/** A run of Table 1 as its files list it. */
export interface Table1Run extends Table1Task, RunEnd {}

/** Folder of a run, below that of the table. */
export function folderOf(task: Table1Task): string {
  return join(`${nameOf(task).replace(', ', '-')}-${task.epochs}`, `seed-${task.seed}`);
}

/** Makes one run, or the part of it that is missing. */
export async function makeTable1Run(
  task: Table1Task,
  plan: Table1Plan,
  surroundings: RunSurroundings,
): Promise<Table1Run | PausedEvent> {
  const { overrides } = surroundings;
  const options = {
    search: searchOptionsOf(plan, task, overrides),
    retraining: (genotype: Genotype) => retrainingOptionsOf(plan, genotype, task.seed, overrides),
  };
  const end = await searchAndRetrain(folderOf(task), options, surroundings);
  return 'event' in end ? end : { ...task, ...end };
}
