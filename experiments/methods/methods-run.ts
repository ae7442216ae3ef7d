import { join } from 'node:path';
import { z } from 'zod';
import type { PausedEvent } from '../../actors/index.ts';
import { readJsonLines } from '../../src/record/read-json.ts';
import { runFiles } from '../../src/record/run-folder.ts';
import { readSearchResult } from '../../src/record/run-result.ts';
import type { Stop } from '../../src/search/watches/judge-epoch.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { retrainingOptionsOf } from '../many-runs/plan-options.ts';
import { retrainRandomCell } from '../many-runs/retrain-random-cell.ts';
import type { RunSurroundings } from '../many-runs/run-part.ts';
import { type RunEnd, SEARCH_FOLDER, searchAndRetrain } from '../many-runs/search-and-retrain.ts';
import { type MethodsPlan, type MethodsTask, RANDOM, searchOptionsOf } from './methods-plan.ts';

/** A run as the files list it. */
export interface MethodsRun extends MethodsTask, RunEnd {
  /** Dominant eigenvalue after the last epoch that measured it; null if none did. */
  readonly eigenvalue: number | null;
  /** How the search ended before its last epoch; null if it did not. */
  readonly stopped: Stop | null;
}

/** Folder of a run, below that of the table. */
export function folderOf({ space, method, seed }: MethodsTask): string {
  return join(space, method, `seed-${seed}`);
}

/** Makes one run, or the part of it that is missing. */
export async function makeMethodsRun(
  task: MethodsTask,
  plan: MethodsPlan,
  surroundings: RunSurroundings,
): Promise<MethodsRun | PausedEvent> {
  const { overrides, path } = surroundings;
  const folder = folderOf(task);
  const search = searchOptionsOf(plan, task, overrides);
  const retrainings = (genotype: Genotype) => [retrainingOptionsOf(plan, genotype, task.seed, overrides)];
  if (task.method === RANDOM) {
    const end = await retrainRandomCell(folder, search, task.seed, retrainings, surroundings);
    return 'event' in end ? end : { ...task, ...end, eigenvalue: null, stopped: null };
  }
  const end = await searchAndRetrain(folder, { search, retrainings }, surroundings);
  if ('event' in end) return end;
  const searched = join(path, folder, SEARCH_FOLDER);
  const stopped = end.search === null ? null : (readSearchResult(searched).stopped ?? null);
  return { ...task, ...end, eigenvalue: lastEigenvalue(searched), stopped };
}

const watchedEpoch = z.object({ event: z.literal('epoch'), watched: z.object({ eigenvalue: z.number() }) });

/** Reads the last dominant eigenvalue that a search recorded; null if it recorded none. */
function lastEigenvalue(search: string): number | null {
  let last: number | null = null;
  readJsonLines(runFiles(search).metrics, (line) => {
    const epoch = watchedEpoch.safeParse(line);
    if (epoch.success) last = epoch.data.watched.eigenvalue;
    return true;
  });
  return last;
}

export function describeTask({ space, method, seed }: MethodsTask): string {
  return `${space}, ${method === RANDOM ? 'random cell of' : `${method},`} seed ${seed}`;
}
