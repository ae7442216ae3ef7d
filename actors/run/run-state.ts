import { createHash } from 'node:crypto';
import { findNotFinite } from '../../src/engine/check-call.ts';
import type { NetworkState } from '../../src/engine/engine.ts';
import { runOptions } from '../../src/options/run-options.ts';
import { CheckpointError, listCheckpoints, readCheckpoint } from '../../src/record/checkpoint-file.ts';
import type { RunFolder } from '../../src/record/run-folder.ts';
import { hasEntered } from '../../src/record/trace-reader.ts';
import { decode } from '../codec.ts';
import type { WeightsTotals } from './epoch-totals.ts';
import type { RunProgress } from './machine.ts';

/** A run's logs: each stands in its folder under this name. */
export type LogName = 'metrics' | 'trace' | 'events' | 'alpha' | 'alphaSteps';

/** Everything that any run needs to go on exactly where it was: what a checkpoint holds. */
export interface RunState {
  /** Of the options that determine the result: a checkpoint of another run is refused. */
  readonly optionsDigest: string;
  readonly progress: RunProgress;
  /** Weights, velocity, running statistics. */
  readonly network: NetworkState;
  /** Sums over the epoch so far. */
  readonly totals: { readonly weights: WeightsTotals };
  /** Length of each log in bytes when the checkpoint was taken. */
  readonly logs: { readonly [name in LogName]?: number };
}

/** Digest of the options that determine a run's result: all but how it is run. The engine is kept by the record. */
export function optionsDigest(options: object): string {
  const determining = Object.entries(options).filter(([name]) => !Object.hasOwn(runOptions, name));
  const sorted = determining.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

/**
 * The state in the newest checkpoint of a run, or null where it has made no step yet.
 *
 * @param steps that the run is known to have made; its trace tells of others. @default 0
 * @param findSpoiled names what else of a state is not finite; null where all is
 * @throws CheckpointError where there is none although steps were made, it is damaged, of a run with other options, or
 *   holds a number that is not finite
 */
export function newestRunState<State extends RunState>(
  folder: RunFolder,
  options: object,
  steps = 0,
  findSpoiled: (state: State) => string | null = () => null,
): State | null {
  const path = listCheckpoints(folder.checkpoints).at(-1);
  if (path === undefined) {
    if (steps > 0 || hasBegun(folder)) {
      throw new CheckpointError(`${folder.checkpoints} holds no checkpoint, though the run has made steps`);
    }
    return null;
  }
  const state = decode(readCheckpoint(path)) as State;
  if (state.optionsDigest !== optionsDigest(options)) {
    throw new CheckpointError(`checkpoint ${path} belongs to a run with other options than config.json's`);
  }
  const spoiled = findSpoiled(state) ?? findNotFinite(state.network);
  if (spoiled !== null) throw new CheckpointError(`checkpoint ${path} cannot be gone on from: its ${spoiled}`);
  return state;
}

/** Whether a run has made steps, by its trace. The first step comes after the first checkpoint. */
export function hasBegun(folder: RunFolder): boolean {
  return hasEntered(folder.trace, 'weightsStep');
}
