import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { findNotFinite } from '../../src/engine/check-call.ts';
import type { NetworkState } from '../../src/engine/engine.ts';
import { LATER_DATA_OPTIONS, LATER_OPTIONS } from '../../src/options/later-options.ts';
import { runOptions } from '../../src/options/run-options.ts';
import {
  CheckpointError,
  listCheckpoints,
  readCheckpoint,
  readCheckpointName,
} from '../../src/record/checkpoint-file.ts';
import { openRunFolder, type RunFolder } from '../../src/record/run-folder.ts';
import { hasEntered } from '../../src/record/trace-reader.ts';
import { decode } from '../codec.ts';
import type { WeightsTotals } from './epoch-sums.ts';
import type { RunProgress } from './run-plan.ts';

/** Name of a log, in a run's folder and in its checkpoints. */
export type LogName = 'metrics' | 'trace' | 'events' | 'alpha' | 'alphaSteps';

/** State that a checkpoint holds: everything that any run needs to go on exactly where it was. */
export interface RunState {
  /** Digest of the options that determine the result. A checkpoint with another digest is refused. */
  readonly optionsDigest: string;
  /** Digest of the engine and the pictures in the record. Older checkpoints lack it. */
  readonly recordDigest?: string;
  readonly progress: RunProgress;
  /** Weights, velocity and running statistics. */
  readonly network: NetworkState;
  /** Sums over the epoch so far. */
  readonly totals: { readonly weights: WeightsTotals };
  /** Length of each log in bytes when the checkpoint was written. */
  readonly logs: { readonly [name in LogName]?: number };
}

/**
 * Returns a digest of the options that determine a run's result. How the job is run is left out; the record keeps the
 * engine. Later options at the value that changes nothing are left out too: older checkpoints were written without them.
 */
export function optionsDigest(options: object): string {
  // Retrainings have always had a drop-path and a cutout.
  const later: Readonly<Record<string, unknown>> = Object.hasOwn(options, 'genotype')
    ? LATER_DATA_OPTIONS
    : LATER_OPTIONS;
  const determining = Object.entries(options).filter(
    ([name, value]) =>
      !Object.hasOwn(runOptions, name) && !(Object.hasOwn(later, name) && isDeepStrictEqual(later[name], value)),
  );
  const sorted = determining.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

const recordSchema = z.object({
  job: z.unknown(),
  data: z.object({ digest: z.unknown() }).nullish().catch(null),
  engine: z.object({ engine: z.unknown(), backend: z.unknown() }).nullish().catch(null),
});

/** Returns a digest of what determines a run's result in its record beside the options: the engine and the pictures. */
export function recordDigest({ path }: Pick<RunFolder, 'path'>): string {
  const { job, data, engine } = recordSchema.parse(openRunFolder(path).config);
  const facts = [job ?? 'search', data?.digest ?? null, engine?.engine ?? null, engine?.backend ?? null];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

const tensors = z.record(z.string(), z.instanceof(Float32Array));
const count = z.int().min(0);

/** What every checkpoint holds. */
const stateSchema = z.object({
  optionsDigest: z.string(),
  recordDigest: z.string().optional(),
  progress: z.object({ epoch: count, iteration: count, decisions: count.optional() }),
  network: z.object({ weights: tensors, velocity: tensors, statistics: tensors }),
  logs: z.record(z.string(), count),
});

/**
 * Reads the newest checkpoint of a run.
 *
 * @param iterations iterations that the run is known to have completed; its trace may tell of more. @default 0
 * @param findSpoiled names a part of the job's own state that is not finite; null if there is none
 * @returns the state in the checkpoint; null if the run has made no step yet
 * @throws CheckpointError if steps were made but no checkpoint is there, or if the newest one is damaged, belongs to a
 *   run with other options, or holds a number that is not finite
 */
export function newestRunState<State extends RunState>(
  folder: RunFolder,
  options: object,
  iterations = 0,
  findSpoiled: (state: State) => string | null = () => null,
): State | null {
  const path = listCheckpoints(folder.checkpoints).at(-1);
  if (path === undefined) {
    if (iterations > 0 || hasBegun(folder)) {
      throw new CheckpointError(`${folder.checkpoints} holds no checkpoint, though the run has made steps`);
    }
    return null;
  }
  return readRunState(path, folder, options, findSpoiled);
}

/**
 * Reads a checkpoint that a run goes back to.
 *
 * @param step its name: number of iterations made (`iterationsMade`)
 * @param findSpoiled as of `newestRunState`
 * @throws CheckpointError if it is missing, or as `newestRunState`
 */
export function runStateAfter<State extends RunState>(
  folder: RunFolder,
  options: object,
  step: number,
  findSpoiled: (state: State) => string | null,
): State {
  const path = listCheckpoints(folder.checkpoints).findLast((one) => readCheckpointName(one)?.step === step);
  if (path === undefined) {
    throw new CheckpointError(`${folder.checkpoints} lacks checkpoint ${step}, to which the run goes back`);
  }
  return readRunState(path, folder, options, findSpoiled);
}

function readRunState<State extends RunState>(
  path: string,
  folder: RunFolder,
  options: object,
  findSpoiled: (state: State) => string | null,
): State {
  const state = decodeState<State>(path);
  if (state.optionsDigest !== optionsDigest(options)) {
    throw new CheckpointError(`checkpoint ${path} belongs to a run with other options than config.json's`);
  }
  if (state.recordDigest !== undefined && state.recordDigest !== recordDigest(folder)) {
    throw new CheckpointError(`checkpoint ${path} belongs to a run on another engine or with other pictures`);
  }
  const spoiled = findNotFinite(state.network) ?? foundIn(path, () => findSpoiled(state));
  if (spoiled !== null) throw new CheckpointError(`checkpoint ${path} cannot be gone on from: its ${spoiled}`);
  return state;
}

/** @throws CheckpointError if the file holds no state of a run */
function decodeState<State extends RunState>(path: string): State {
  return foundIn(path, () => {
    const state = decode(readCheckpoint(path));
    stateSchema.parse(state);
    return state as State;
  });
}

/** Reads a part of a checkpoint. @throws CheckpointError if the part is missing, or another one */
export function foundIn<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    throw new CheckpointError(
      `checkpoint ${path} does not hold the state of this run; remove it to use the one before`,
      {
        cause,
      },
    );
  }
}

/** Tells whether a run has made steps, by its trace. The first step comes after the first checkpoint. */
export function hasBegun(folder: RunFolder): boolean {
  return hasEntered(folder.trace, 'weightsStep');
}
