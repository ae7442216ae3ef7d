import { existsSync, rmSync } from 'node:fs';
import {
  checkRetraining,
  type DoneEvent,
  type PausedEvent,
  type RetrainingEvent,
  resumeRetraining,
  startRetraining,
} from '../../actors/index.ts';
import { type JobEnd, type JobTools, reported } from '../../src/command/job-program.ts';
import { DataError, type LoadedDataset } from '../../src/data/dataset.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import type { ResumableOptionName } from '../../src/options/run-options.ts';
import { openRunFolder, type RunConfig, runFiles } from '../../src/record/run-folder.ts';
import { readRecordedRetrainingOptions, resolveRetrainingOptions } from '../../src/retrain/options.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import type { SearchOptions, SearchOptionsInput } from '../../src/search/options-schema.ts';
import { CELL_KINDS, INPUT_NODES } from '../../src/space/cell.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { describeRetraining } from '../retrain/retrain-words.ts';
import { type RetrainFlags, STAND_IN } from './search-flags.ts';

/** Options of a retraining that follows a search, without the genotype, which the search will find. */
type FollowingOptions = Omit<RetrainingOptions, 'genotype'>;

/**
 * Resolves the options of a retraining that follows a search. It shares the seed, the engine, and how pictures are drawn
 * and mirrored with the search.
 *
 * @param data the data set, to which the preset's sizes are fitted. @default any
 * @throws OptionsError as `resolveRetrainingOptions` does
 */
export function resolveFollowing(
  { preset, options }: RetrainFlags,
  search: SearchOptions,
  data?: LoadedDataset,
): FollowingOptions {
  const { seed, workers, engine, kernels, backend, threads, checkpointSeconds, flip, balance } = search;
  const drawing = { ...(flip === undefined ? {} : { flip }), balance };
  const shared = { seed, workers, engine, kernels, backend, checkpointSeconds, ...drawing };
  const given = {
    ...shared,
    ...(engine === 'tfjs' || engine === 'webgpu' ? {} : { threads }),
    ...options,
    genotype: STAND_IN,
  };
  const { genotype: _, ...following } = naming(() => resolveRetrainingOptions(given, preset, data));
  return following;
}

/**
 * Refuses a retraining that is too large for a usual cell, so that the user learns of it before the search: one with two
 * operations into every node, all of the primitive with the most weights. A search that keeps more may still find a larger one.
 *
 * @param nodes nodes of a cell
 * @returns the options, bound to the data
 * @throws DataError, OptionsError as `checkRetraining` does
 */
export function checkFollowing(following: FollowingOptions, nodes: number, data: LoadedDataset): FollowingOptions {
  const genotype = heaviestPairs(nodes);
  const { genotype: _, ...bound } = naming(() => checkRetraining({ ...following, genotype }, data));
  return bound;
}

function heaviestPairs(nodes: number): Genotype {
  const cell = Array.from({ length: 2 * nodes }, (_, i) => {
    return { primitive: 'sep_conv_5x5' as const, from: i % 2, to: INPUT_NODES + Math.floor(i / 2) };
  });
  return { normal: cell, reduce: cell };
}

/** Marks a mistake in the options as the retraining's: the search has options of the same names. */
function naming<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof OptionsError) throw new OptionsError(`retraining: ${error.message}`, { cause: error });
    if (error instanceof DataError) throw new DataError(`retraining: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Options that change no result, given anew when a run is resumed. */
type Overrides = Pick<SearchOptionsInput, ResumableOptionName>;

/**
 * Reads the options from the record of a search, which has them under the name `retraining`; null if none follows.
 *
 * @throws OptionsError if they are damaged
 */
export function readFollowing({ retraining }: RunConfig, overrides: Overrides): FollowingOptions | null {
  if (retraining === undefined) return null;
  const { genotype: _, ...following } = readRecordedRetrainingOptions({
    ...(retraining as object),
    genotype: STAND_IN,
  });
  return { ...following, ...overrides };
}

/** Whether the retraining that follows a search has begun, so that the search is over. */
export function hasFollowed(search: string): boolean {
  return existsSync(runFiles(runFiles(search).following).config);
}

/**
 * Retrains what a search has found. If a cell passes no activation, there is nothing to train, and the folder of the
 * search stays as it is.
 *
 * @param search folder of the search
 * @param report whether its folder gets a report
 * @returns the iteration that it was paused after, or why nothing was retrained; null at its end
 */
export async function retrainFound(
  search: string,
  { genotype, valid }: DoneEvent,
  following: FollowingOptions,
  tools: JobTools,
  report: boolean,
): Promise<JobEnd | null> {
  const invalid = CELL_KINDS.filter((kind) => !valid[kind]);
  if (invalid.length > 0) {
    const message = `Invalid arch.: no activation passes the ${invalid.join(' and the ')} cell, nothing is retrained`;
    tools.tell({ event: 'invalid', message }, () => undefined);
    return { refused: message };
  }
  const folder = runFiles(search).following;
  rmSync(folder, { recursive: true, force: true }); // of a start that was cut off before it left a record
  const options = { ...following, genotype };
  const last = await reported({ folder, wanted: report, display: tools.display }, teller(options, tools), (onEvent) => {
    return startRetraining(options, folder, { ...tools, onEvent });
  });
  return last.event === 'paused' ? last : null;
}

/**
 * Goes on with the retraining that follows a search.
 *
 * @returns the iteration that it was paused after; null at its end
 */
export async function resumeFollowing(
  search: string,
  overrides: Overrides,
  tools: JobTools,
  report: boolean,
): Promise<PausedEvent | null> {
  const folder = runFiles(search).following;
  const options = readRecordedRetrainingOptions(openRunFolder(folder, 'retraining').config.options);
  const last = await reported({ folder, wanted: report, display: tools.display }, teller(options, tools), (onEvent) => {
    return resumeRetraining(folder, overrides, { ...tools, onEvent });
  });
  return last.event === 'paused' ? last : null;
}

function teller(options: RetrainingOptions, { display, tell }: JobTools): (event: RetrainingEvent) => void {
  const words = describeRetraining(options);
  return (event) => tell({ phase: 'retraining', ...event }, () => display.show(event, words));
}
