import { createHash } from 'node:crypto';
import type { NetworkState } from '../../src/engine/engine.ts';
import type { HybridState } from '../../src/optimize/hybrid.ts';
import { CheckpointError, listCheckpoints, readCheckpoint } from '../../src/record/checkpoint-file.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { decode } from '../codec.ts';
import type { EpochTotals } from './epoch-totals.ts';
import type { SearchProgress } from './machine.ts';

/** Everything a search needs to go on exactly where it was: what a checkpoint holds. */
export interface SearchState {
  /** Of the options that determine the result: a checkpoint of another search is refused. */
  readonly optionsDigest: string;
  readonly progress: SearchProgress;
  /** Alpha, Adam's moments, the acceptance window, the generator. */
  readonly optimizer: HybridState;
  /** Weights, velocity, running statistics. */
  readonly network: NetworkState;
  readonly totals: EpochTotals;
  /** Length of each log in bytes when the checkpoint was taken. */
  readonly logs: { readonly metrics: number; readonly trace: number; readonly alpha: number };
}

/** Digest of the options that determine a search's result: all but how many work on it and how often it is saved. */
export function optionsDigest(options: SearchOptions): string {
  const { workers: _workers, checkpointSeconds: _seconds, backend: _backend, ...determining } = options;
  const sorted = Object.entries(determining).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

/**
 * The state in the newest checkpoint of a folder, or null where there is none.
 *
 * @throws CheckpointError where it is damaged, or of a search with other options
 */
export function newestState(folder: string, options: SearchOptions): SearchState | null {
  const path = listCheckpoints(folder).at(-1);
  if (path === undefined) return null;
  const state = decode(readCheckpoint(path)) as SearchState;
  if (state.optionsDigest !== optionsDigest(options)) {
    throw new CheckpointError(`checkpoint ${path} belongs to a search with other options than config.json's`);
  }
  return state;
}
