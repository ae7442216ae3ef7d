import { join } from 'node:path';
import type { PausedEvent } from '../../actors/index.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import type { RunSurroundings } from '../many-runs/run-part.ts';
import { type RunEnd, SEARCH_FOLDER, searchAndRetrain } from '../many-runs/search-and-retrain.ts';
import { type CollapseEpoch, readCollapseEpochs } from './collapse-epochs.ts';
import { type CollapsePlan, type CollapseTask, retrainingsOf, searchOptionsOf } from './collapse-plan.ts';

/** A run as the files list it. */
export interface CollapseRun extends CollapseTask, RunEnd {}

/** A run, and its search epoch by epoch. */
export interface WatchedRun {
  readonly run: CollapseRun;
  readonly epochs: readonly CollapseEpoch[];
}

/** Folder of a run, below that of the experiment. */
export function folderOf({ variant, seed }: CollapseTask): string {
  return join(variant, `seed-${seed}`);
}

/** Makes one run, or the part of it that is missing. */
export async function makeCollapseRun(
  task: CollapseTask,
  plan: CollapsePlan,
  surroundings: RunSurroundings,
): Promise<CollapseRun | PausedEvent> {
  const { overrides } = surroundings;
  const options = {
    search: searchOptionsOf(plan, task, overrides),
    retrainings: (genotype: Genotype) => retrainingsOf(plan, genotype, task.seed, overrides),
  };
  const end = await searchAndRetrain(folderOf(task), options, surroundings);
  return 'event' in end ? end : { ...task, ...end };
}

/**
 * Reads the epochs of a run's search.
 *
 * @param path folder of the experiment
 */
export function watchRun(path: string, run: CollapseRun): WatchedRun {
  return { run, epochs: readCollapseEpochs(join(path, run.folder, SEARCH_FOLDER)) };
}
