import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DivergedError, type PausedEvent } from '../../actors/index.ts';
import { newestState, type SearchState } from '../../actors/search/search-session.ts';
import type { LoadedDataset } from '../../src/data/dataset.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { openRunFolder, RunFolderError, runFiles } from '../../src/record/run-folder.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { createSearchObjective } from '../../src/search/search-objective.ts';
import { setUpSearch } from '../../src/search/setup.ts';
import type { RandomCell } from '../many-runs/random-cells.ts';
import { makeSearch, type RunSurroundings } from '../many-runs/run-part.ts';
import { askSupernet } from './ask-supernet.ts';
import { type SignalPlan, type SupernetTask, searchOptionsOf } from './signal-plan.ts';
import { VIEWS, type View, viewCell } from './supernet-view.ts';

/** Losses of the cells in their order; null stands for one that is not finite. */
const losses = z.array(z.number().nullable());

const agedSchema = z.object({
  /** Epochs that the supernet was trained for. */
  age: z.number(),
  losses: z.object({ relaxed: losses, kept: losses, discrete: losses }),
});

/** Losses of the random cells on a supernet at one age, in nats. */
export type AgedLosses = z.output<typeof agedSchema>;

/** A supernet, and what it shows of the cells. */
export interface SupernetRun extends SupernetTask {
  /** Folder below the experiment's. It holds `search`, and a file for each age. */
  readonly folder: string;
  /** Ages in ascending order; only those before the search diverged. */
  readonly ages: readonly AgedLosses[];
  /** Which number was not finite, if the search diverged; else null. */
  readonly reason: string | null;
}

/** Folder of a supernet, below that of the experiment. */
export function folderOfSupernet({ variant, seed }: SupernetTask): string {
  return join('supernets', variant, `seed-${seed}`);
}

/**
 * Trains a supernet, or goes on with it, and asks it about the cells at each age. The search stops at every age until
 * its losses are written, so an interruption leaves none out.
 *
 * @throws RunFolderError as `makeSearch` does, or if the losses of an age that is past are missing or damaged
 */
export async function makeSupernet(
  task: SupernetTask,
  plan: SignalPlan,
  cells: readonly RandomCell[],
  surroundings: RunSurroundings,
): Promise<SupernetRun | PausedEvent> {
  const folder = folderOfSupernet(task);
  const path = join(surroundings.path, folder);
  const search = { path: join(path, 'search'), options: searchOptionsOf(plan, task, surroundings.overrides) };
  const { data } = surroundings;
  const ages: AgedLosses[] = [];
  const run = (reason: string | null): SupernetRun => ({ ...task, folder, ages, reason });
  for (const age of plan.ages) {
    const file = join(path, `age-${age}.json`);
    if (!existsSync(file)) {
      if (data === null) return { event: 'paused', step: 0, run: path };
      let state = stateAt(search, age);
      if (state === null) {
        const end = await makeSearchUntil(search, age, surroundings);
        if (end instanceof DivergedError) return run(end.message);
        state = stateAt(search, age);
        if (state === null) return end as PausedEvent; // interrupted before the age
      }
      const losses = await askAboutCells(search, state, cells, plan.miniBatches, data);
      writeFileAtomically(file, `${JSON.stringify({ age, losses } satisfies AgedLosses)}\n`);
    }
    ages.push(readAge(file, age));
  }
  const end = await makeSearchUntil(search, null, surroundings);
  if (end instanceof DivergedError) return run(end.message);
  return end.event === 'paused' ? end : run(null);
}

/** Search that trains a supernet. */
interface SupernetSearch {
  readonly path: string;
  /** Resolved, overrides included. */
  readonly options: SearchOptions;
}

/** Makes the search until an age, at which it is paused, or to its end if the age is null. */
async function makeSearchUntil(
  { path, options }: SupernetSearch,
  age: number | null,
  surroundings: RunSurroundings,
): ReturnType<typeof makeSearch> {
  const reached = new AbortController();
  return await makeSearch(path, options, {
    ...surroundings,
    signal: AbortSignal.any([surroundings.signal, reached.signal]),
    onEvent(phase, event) {
      surroundings.onEvent(phase, event);
      if (event.event === 'epoch' && event.epoch === age) reached.abort();
    },
  });
}

/**
 * Reads the state of a search at an age.
 *
 * @returns null if the search is not there yet
 * @throws RunFolderError if it is past
 */
function stateAt({ path, options }: SupernetSearch, age: number): SearchState | null {
  const files = runFiles(path);
  const state = existsSync(files.config) ? newestState(files, options) : null;
  if (state === null || state.progress.epoch < age) return null;
  if (state.progress.epoch === age && state.progress.iteration === 0) return state;
  throw new RunFolderError(
    `the losses at age ${age} are missing, and the search in ${path} is past it: remove its folder`,
  );
}

/** Asks the supernet about the cells in every view. */
async function askAboutCells(
  { path, options }: SupernetSearch,
  { network }: SearchState,
  cells: readonly RandomCell[],
  miniBatches: number,
  data: LoadedDataset,
): Promise<AgedLosses['losses']> {
  const { config } = openRunFolder(path, 'search');
  const { shape, objective } = setUpSearch(options);
  const { mixing } = createSearchObjective(objective);
  const asked = VIEWS.flatMap((view) => {
    return cells.map(({ alpha, genotype }) => viewCell(view, shape, mixing(alpha), genotype));
  });
  const all = await askSupernet({ options, config, network }, asked, miniBatches, data);
  const lossesOf = (view: View): (number | null)[] => {
    const start = VIEWS.indexOf(view) * cells.length;
    return all.slice(start, start + cells.length).map((loss) => (Number.isFinite(loss) ? loss : null));
  };
  return { relaxed: lossesOf('relaxed'), kept: lossesOf('kept'), discrete: lossesOf('discrete') };
}

/** @throws RunFolderError if the file is damaged */
function readAge(file: string, age: number): AgedLosses {
  try {
    return agedSchema.extend({ age: z.literal(age) }).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new RunFolderError(`${file} is damaged: remove its folder, and the supernet is trained again`, { cause });
  }
}
