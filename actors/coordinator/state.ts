import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { findNotFinite } from '../../src/engine/check-call.ts';
import type { NetworkState } from '../../src/engine/engine.ts';
import type { HybridState } from '../../src/optimize/hybrid.ts';
import { CheckpointError, listCheckpoints, readCheckpoint } from '../../src/record/checkpoint-file.ts';
import type { RunFolder } from '../../src/record/run-folder.ts';
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

/** Options that change no result; and those of the engine, which a run keeps by its record. */
const INDIFFERENT = new Set(['workers', 'checkpointSeconds', 'threads', 'engine', 'kernels', 'backend']);

/** Digest of the options that determine a search's result: all but how many work on it and how often it is saved. */
export function optionsDigest(options: SearchOptions): string {
  const determining = Object.entries(options).filter(([name]) => !INDIFFERENT.has(name));
  const sorted = determining.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

/**
 * The state in the newest checkpoint of a run, or null where it has made no step yet.
 *
 * @param steps that the run is known to have made; its trace tells of others. @default 0
 * @throws CheckpointError where there is none although steps were made, it is damaged, of a search with other options,
 *   or holds a number that is not finite
 */
export function newestState(folder: RunFolder, options: SearchOptions, steps = 0): SearchState | null {
  const path = listCheckpoints(folder.checkpoints).at(-1);
  if (path === undefined) {
    if (steps > 0 || hasBegun(folder)) {
      throw new CheckpointError(`${folder.checkpoints} holds no checkpoint, though the run has made steps`);
    }
    return null;
  }
  const state = decode(readCheckpoint(path)) as SearchState;
  if (state.optionsDigest !== optionsDigest(options)) {
    throw new CheckpointError(`checkpoint ${path} belongs to a search with other options than config.json's`);
  }
  const alpha = state.optimizer.position.find((value) => !Number.isFinite(value));
  const spoiled = alpha === undefined ? findNotFinite(state.network) : `alpha holds ${alpha}`;
  if (spoiled !== null) throw new CheckpointError(`checkpoint ${path} cannot be gone on from: its ${spoiled}`);
  return state;
}

/** Whether a run has made steps, by its trace. The first step comes after the first checkpoint. */
export function hasBegun(folder: RunFolder): boolean {
  return existsSync(folder.trace) && readFileSync(folder.trace).includes('"to":"weightsStep"');
}
