import { existsSync, rmSync } from 'node:fs';
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
import { epochSchema } from '../../src/record/metrics-line.ts';
import { readJsonLines } from '../../src/record/read-json.ts';
import { type JobName, openRunFolder, RunFolderError, runFiles } from '../../src/record/run-folder.ts';
import { readRetrainingResult, readSearchResult } from '../../src/record/run-result.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { ONLY_PART, type PartPlace, type PartState, type Phase } from './work-left.ts';

/** Options that change no result, and may be given anew when an experiment is resumed. */
export interface RunOverrides {
  readonly workers?: number;
  readonly threads?: number;
}

/** Surroundings of a run of an experiment. */
export interface RunSurroundings {
  /** Folder of the experiment. */
  readonly path: string;
  readonly overrides: RunOverrides;
  readonly data: LoadedDataset;
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
  { overrides, data, signal, otherEngine, onEvent, around }: RunSurroundings,
): Promise<DoneEvent | PausedEvent | DivergedError> {
  const settings = { data, signal, otherEngine, onEvent: (event: SearchEvent) => onEvent('search', event) };
  const part: RunPart<DoneEvent> = {
    job: 'search',
    path,
    result: runFiles(path).genotype,
    read: () => readSearchResult(path),
    options: bindToData(options, data),
    start: () => startSearch(options, path, settings),
    resume: () => resumeSearch(path, overrides, settings),
  };
  return await orDiverged(around('search', stateOf(part), () => makePart(part)));
}

/**
 * Makes a retraining of a run, as `makeSearch` makes its search.
 *
 * @param place among the retrainings of the run. @default the only one
 */
export async function makeRetraining(
  path: string,
  options: RetrainingOptions,
  { overrides, data, signal, otherEngine, onEvent, around }: RunSurroundings,
  place: PartPlace = ONLY_PART,
): Promise<RetrainedEvent | PausedEvent | DivergedError> {
  const settings = {
    data,
    signal,
    otherEngine,
    onEvent: (event: RetrainingEvent) => onEvent('retraining', event, place),
  };
  const part: RunPart<RetrainedEvent> = {
    job: 'retraining',
    path,
    result: runFiles(path).result,
    read: () => readRetrainingResult(path),
    options: bindToData(options, data),
    start: () => startRetraining(options, path, settings),
    resume: () => resumeRetraining(path, overrides, settings),
  };
  return await orDiverged(around('retraining', stateOf(part), () => makePart(part), place));
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
  /** Reads the end of a part that is done. */
  read(): Done;
  start(): Promise<Done | PausedEvent>;
  resume(): Promise<Done | PausedEvent>;
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
 * @throws RunFolderError if it is done, and its result damaged
 */
async function makePart<Done>(part: RunPart<Done>): Promise<Done | PausedEvent> {
  switch (stateOf(part)) {
    case 'done':
      return part.read();
    case 'begun':
      return await part.resume();
    case 'new':
      rmSync(part.path, { recursive: true, force: true }); // left by a start that was cut off before it made a record
      return await part.start();
  }
}

/** Turns the error of a run that diverged into an outcome: the experiment goes on. */
async function orDiverged<T>(made: Promise<T>): Promise<T | DivergedError> {
  try {
    return await made;
  } catch (error) {
    if (error instanceof DivergedError) return error;
    throw error;
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
