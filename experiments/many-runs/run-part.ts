import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import {
  DivergedError,
  type DoneEvent,
  type PausedEvent,
  type RetrainedEvent,
  type RetrainingEvent,
  resumeRetraining,
  resumeSearch,
  type SearchEvent,
  startRetraining,
  startSearch,
} from '../../actors/index.ts';
import { optionsDigest } from '../../actors/run/run-state.ts';
import type { LoadedDataset } from '../../src/data/dataset.ts';
import { bindToData } from '../../src/options/bind-to-data.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import type { Owner } from '../../src/record/lock-owner.ts';
import { epochSchema } from '../../src/record/metrics-line.ts';
import { readJson, readJsonLines } from '../../src/record/read-json.ts';
import { type JobName, makeFolder, openRunFolder, RunFolderError, runFiles } from '../../src/record/run-folder.ts';
import { freeDeadLock } from '../../src/record/run-lock.ts';
import { readRetrainingResult, readSearchResult } from '../../src/record/run-result.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { ONLY_PART, type PartPlace, type PartState, type Phase } from './work-left.ts';

/** Options that change no result, and may be given anew when an experiment is resumed. */
export interface RunOverrides {
  readonly workers?: number;
  readonly threads?: number;
}

/** Facts of the pictures that options must agree with. */
export type DataFacts = Parameters<typeof bindToData>[1];

/** Surroundings of a run of an experiment. */
export interface RunSurroundings {
  /** Folder of the experiment. */
  readonly path: string;
  readonly overrides: RunOverrides;
  /** null: nothing is made, and what is not done counts as paused. */
  readonly data: LoadedDataset | null;
  /** Facts of the pictures. */
  readonly facts: DataFacts;
  /** Process whose claim on the run was taken over: it is dead, or told to stop. @default none */
  readonly displaced?: Owner | null;
  readonly signal: AbortSignal;
  /** Whether runs that have begun may go on with an engine that computes other bits. */
  readonly otherEngine: boolean;
  /** Receives every event of a part; of the only one of its phase without a place. */
  onEvent(phase: Phase, event: SearchEvent | RetrainingEvent, place?: PartPlace): void;
  /** Runs a part, whose state it is told. */
  around<T extends { readonly event: string }>(
    phase: Phase,
    state: PartState,
    work: () => Promise<T>,
    place?: PartPlace,
  ): Promise<T>;
}

/**
 * Makes the search of a run, or the part of it that is missing, or reads how it ended.
 *
 * @param path folder of the search
 * @param options resolved, overrides included
 * @returns the end, the pause, or the error of a search that diverges: it does so whenever it is repeated
 * @throws RunFolderError if the folder holds something else or a search with other options, or the result is damaged
 */
export async function makeSearch(
  path: string,
  options: SearchOptions,
  { overrides, data, facts, displaced, signal, otherEngine, onEvent, around }: RunSurroundings,
): Promise<DoneEvent | PausedEvent | DivergedError> {
  const settings = { signal, otherEngine, onEvent: (event: SearchEvent) => onEvent('search', event) };
  const part: RunPart<DoneEvent> = {
    job: 'search',
    path,
    result: runFiles(path).genotype,
    read: () => readSearchResult(path),
    options: bindToData(options, facts),
    displaced,
    start: (data) => startSearch(options, path, { ...settings, data }),
    resume: (data) => resumeSearch(path, overrides, { ...settings, data }),
  };
  return await orDiverged(part, (state) => around('search', state, () => makePart(part, data)));
}

/**
 * Makes a retraining of a run, as `makeSearch` makes its search.
 *
 * @param place among the retrainings of the run. @default the only one
 */
export async function makeRetraining(
  path: string,
  options: RetrainingOptions,
  { overrides, data, facts, displaced, signal, otherEngine, onEvent, around }: RunSurroundings,
  place: PartPlace = ONLY_PART,
): Promise<RetrainedEvent | PausedEvent | DivergedError> {
  const settings = {
    signal,
    otherEngine,
    onEvent: (event: RetrainingEvent) => onEvent('retraining', event, place),
  };
  const part: RunPart<RetrainedEvent> = {
    job: 'retraining',
    path,
    result: runFiles(path).result,
    read: () => readRetrainingResult(path),
    options: bindToData(options, facts),
    displaced,
    start: (data) => startRetraining(options, path, { ...settings, data }),
    resume: (data) => resumeRetraining(path, overrides, { ...settings, data }),
  };
  return await orDiverged(part, (state) => around('retraining', state, () => makePart(part, data), place));
}

/** Part of a run: its search, or its retraining. */
interface RunPart<Done> {
  readonly job: JobName;
  /** Folder of the part. */
  readonly path: string;
  /** File that exists once the part is done. */
  readonly result: string;
  /** Resolved options, which the contents of the folder must have been made with. */
  readonly options: object;
  readonly displaced: Owner | null | undefined;
  /** Reads the end of a part that is done. */
  read(): Done;
  start(data: LoadedDataset): Promise<Done | PausedEvent>;
  resume(data: LoadedDataset): Promise<Done | PausedEvent>;
}

/** @throws RunFolderError if the folder holds something else, or a part with other options */
function stateOf({ job, path, result, options }: RunPart<unknown>): PartState {
  if (!existsSync(runFiles(path).config)) return 'new';
  const { config } = openRunFolder(path, job);
  if (optionsDigest(config.options) !== optionsDigest(options)) {
    throw new RunFolderError(`${path} was made with other options than the experiment's`);
  }
  return existsSync(result) ? 'done' : 'begun';
}

/**
 * Runs a part on to its end, or until it is paused.
 *
 * @param data null: nothing is made, as if it was paused
 * @throws RunFolderError if it is done, and its result damaged
 * @throws FolderInUseError if another process works on it
 */
async function makePart<Done>(part: RunPart<Done>, data: LoadedDataset | null): Promise<Done | PausedEvent> {
  const { path, displaced } = part;
  const state = stateOf(part);
  if (state === 'done') return part.read();
  if (data === null) return { event: 'paused', step: 0, run: path };
  if (displaced) freeDeadLock(runFiles(path).lock, ({ owner }) => isDeepStrictEqual(owner, displaced));
  return await (state === 'new' ? part.start(data) : part.resume(data));
}

/** Contents of the file beside the folder of a part that diverged. */
const divergedSchema = z.object({ message: z.string(), optionsDigest: z.string() });

/**
 * Makes a part, and turns the error of one that diverges into an outcome: the experiment goes on. The outcome is kept
 * beside the part's folder, of which little may be left.
 */
async function orDiverged<T>(
  part: RunPart<unknown>,
  make: (state: PartState) => Promise<T>,
): Promise<T | DivergedError> {
  const file = `${part.path}-diverged.json`;
  const digest = optionsDigest(part.options);
  const before = readJson(file, divergedSchema, []);
  if (before?.optionsDigest === digest) return new DivergedError(before.message);
  try {
    return await make(stateOf(part));
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    makeFolder(dirname(file));
    writeFileAtomically(file, `${JSON.stringify({ message: error.message, optionsDigest: digest })}\n`);
    return error;
  }
}

/** Sums the seconds of the epochs in a run's record; 0 without a record. Skips a line that a crash left half written. */
export function secondsOf(path: string): number {
  let sum = 0;
  readJsonLines(runFiles(path).metrics, (line) => {
    const epoch = epochSchema.safeParse(line);
    if (epoch.success) sum += epoch.data.seconds ?? 0;
    return true;
  });
  return sum;
}
