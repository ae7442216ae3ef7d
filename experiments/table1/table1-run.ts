import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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
import type { Cifar10 } from '../../src/data/cifar10.ts';
import { epochSchema } from '../../src/record/metrics-line.ts';
import { readJsonLines } from '../../src/record/read-json.ts';
import { type JobName, openRunFolder, RunFolderError, runFiles } from '../../src/record/run-folder.ts';
import { readRetrainingResult, readSearchResult } from '../../src/record/run-result.ts';
import { CELL_KINDS } from '../../src/space/cell.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import {
  nameOf,
  retrainingOptionsOf,
  searchOptionsOf,
  type Table1Overrides,
  type Table1Plan,
  type Table1Task,
} from './table1-plan.ts';
import type { PartState, Phase } from './time-left.ts';

/** A run of Table 1 as its files list it. Everything but `seconds` follows from the task, also after interruptions. */
export interface Table1Run extends Table1Task {
  /** Folder below the table's. It holds `search`, and `retrain` if there was something to retrain. */
  readonly folder: string;
  readonly outcome: 'retrained' | 'invalid' | 'diverged';
  /** Why nothing was retrained, or which number was not finite; null if all went well. */
  readonly reason: string | null;
  /** Accuracy of the supernet, as a share of pictures: on the half for w, on the half for alpha, on the test set. */
  readonly search: DoneEvent['searchAccuracy'] | null;
  /** Genotype that was found, in triples. */
  readonly genotype: string | null;
  readonly alphaDigest: string | null;
  /** Accuracy on the whole test set, and size of the network; null if nothing was retrained. */
  readonly retrained: Retrained | null;
  /** Seconds that the iterations took, by the records of the epochs. */
  readonly seconds: Readonly<Record<Phase, number>>;
}

interface Retrained extends Pick<RetrainedEvent, 'parameters' | 'macs' | 'weightsDigest'> {
  readonly accuracy: number;
  readonly loss: number;
}

/** Surroundings of a run. */
export interface Table1Surroundings {
  /** Folder of the table. */
  readonly path: string;
  readonly plan: Table1Plan;
  readonly overrides: Table1Overrides;
  readonly data: Cifar10;
  readonly signal: AbortSignal;
  /** Receives every event of a phase. */
  onEvent(phase: Phase, event: SearchEvent | RetrainingEvent): void;
  /** Runs a phase, whose state it is told. */
  around<T>(phase: Phase, state: PartState, work: () => Promise<T>): Promise<T>;
}

/** Folder of a run, below that of the table. */
export function folderOf(task: Table1Task): string {
  return join(`${nameOf(task).replace(', ', '-')}-${task.epochs}`, `seed-${task.seed}`);
}

/** Makes one run, or the part of it that is missing. */
export async function makeTable1Run(
  task: Table1Task,
  surroundings: Table1Surroundings,
): Promise<Table1Run | PausedEvent> {
  const folder = folderOf(task);
  const { path } = surroundings;
  const places: Record<Phase, string> = {
    search: join(path, folder, 'search'),
    retraining: join(path, folder, 'retrain'),
  };
  const run = (rest: Partial<Table1Run> & Pick<Table1Run, 'outcome' | 'reason'>): Table1Run => ({
    ...task,
    folder,
    search: null,
    genotype: null,
    alphaDigest: null,
    retrained: null,
    seconds: { search: secondsOf(places.search), retraining: secondsOf(places.retraining) },
    ...rest,
  });

  const found = await makePhase('search', searchPart(task, places.search, surroundings), surroundings);
  if (found instanceof DivergedError) return run({ outcome: 'diverged', reason: `search: ${found.message}` });
  if (found.event === 'paused') return found;
  const { genotype, searchAccuracy, alphaDigest } = found;
  const searched = { search: searchAccuracy, genotype: writeGenotype(genotype, 'triples'), alphaDigest };

  const reasons = CELL_KINDS.flatMap((kind) => (found.valid[kind] ? [] : [`${kind} cell: ${found.reasons[kind]}`]));
  if (reasons.length > 0) return run({ ...searched, outcome: 'invalid', reason: reasons.join('; ') });

  const part = retrainingPart(task, found, places.retraining, surroundings);
  const trained = await makePhase('retraining', part, surroundings);
  if (trained instanceof DivergedError) {
    return run({ ...searched, outcome: 'diverged', reason: `retraining: ${trained.message}` });
  }
  if (trained.event === 'paused') return trained;
  const { test, parameters, macs, weightsDigest } = trained;
  const retrained = { accuracy: test.accuracy, loss: test.loss, parameters, macs, weightsDigest };
  return run({ ...searched, outcome: 'retrained', reason: null, retrained });
}

function searchPart(task: Table1Task, path: string, surroundings: Table1Surroundings): TablePart<DoneEvent> {
  const { plan, overrides, data, signal, onEvent } = surroundings;
  const options = searchOptionsOf(plan, task, overrides);
  const settings = { data, signal, onEvent: (event: SearchEvent) => onEvent('search', event) };
  return {
    job: 'search',
    path,
    result: runFiles(path).genotype,
    read: () => readSearchResult(path),
    options,
    start: () => startSearch(options, path, settings),
    resume: () => resumeSearch(path, overrides, settings),
  };
}

function retrainingPart(
  { seed }: Table1Task,
  { genotype }: DoneEvent,
  path: string,
  { plan, overrides, data, signal, onEvent }: Table1Surroundings,
): TablePart<RetrainedEvent> {
  const options = retrainingOptionsOf(plan, genotype, seed, overrides);
  const settings = { data, signal, onEvent: (event: RetrainingEvent) => onEvent('retraining', event) };
  return {
    job: 'retraining',
    path,
    result: runFiles(path).result,
    read: () => readRetrainingResult(path),
    options,
    start: () => startRetraining(options, path, settings),
    resume: () => resumeRetraining(path, overrides, settings),
  };
}

/** Part of a run of the table: its search, or its retraining. */
interface TablePart<Done> {
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
function stateOf({ job, path, result, options }: TablePart<unknown>): PartState {
  if (!existsSync(runFiles(path).config)) return 'new';
  const { config } = openRunFolder(path, job);
  if (optionsDigest(config.options) !== optionsDigest(options)) {
    throw new RunFolderError(`${path} was made with other options than the table's`);
  }
  return existsSync(result) ? 'done' : 'begun';
}

/**
 * Runs a part on to its end, or until it is paused.
 *
 * @throws RunFolderError if it is done, and its result damaged
 */
async function makePart<Done>(part: TablePart<Done>): Promise<Done | PausedEvent> {
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

/** Makes a part. A part that diverges does so whenever it is repeated: this is an outcome, and the table goes on. */
async function makePhase<Done>(
  phase: Phase,
  part: TablePart<Done>,
  { around }: Table1Surroundings,
): Promise<Done | PausedEvent | DivergedError> {
  try {
    return await around(phase, stateOf(part), () => makePart(part));
  } catch (error) {
    if (error instanceof DivergedError) return error;
    throw error;
  }
}

/** Sums the seconds of the epochs in a run's record; 0 without a record. Skips a line that a crash left half written. */
function secondsOf(path: string): number {
  let sum = 0;
  readJsonLines(runFiles(path).metrics, (line) => {
    const epoch = epochSchema.safeParse(line);
    if (epoch.success) sum += epoch.data.seconds ?? 0;
    return true;
  });
  return sum;
}
