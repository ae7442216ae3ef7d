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
import type { Cifar10 } from '../../src/data/cifar10.ts';
import { readJsonLines } from '../../src/record/read-json.ts';
import { RUN_FILES, runFiles } from '../../src/record/run-folder.ts';
import { CELL_KINDS } from '../../src/space/cell.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import { makePart, type PartState, stateOf, type TablePart } from './make-part.ts';
import {
  nameOf,
  retrainingOptionsOf,
  searchOptionsOf,
  type Table1Overrides,
  type Table1Plan,
  type Table1Task,
} from './table1-plan.ts';
import type { Phase } from './time-left.ts';

/** A run of Table 1 as its files list it. All but `seconds` follows from the task, whatever happened on the way. */
export interface Table1Run extends Table1Task {
  /** Below the table's folder: `search` is in it, and `retrain` where there was something to retrain. */
  readonly folder: string;
  readonly outcome: 'retrained' | 'invalid' | 'diverged';
  /** Why it was not retrained, or what was no finite number any more; null where all went well. */
  readonly reason: string | null;
  /** Accuracy of the supernet, as a share of pictures: on the half for w, on the half for alpha, on the test set. */
  readonly search: DoneEvent['searchAccuracy'] | null;
  /** What was found, in triples. */
  readonly genotype: string | null;
  readonly alphaDigest: string | null;
  /** On the whole test set; size of the network that was tested. */
  readonly retrained: Retrained | null;
  /** That the steps took, by the epochs' records. */
  readonly seconds: Readonly<Record<Phase, number>>;
}

interface Retrained extends Pick<RetrainedEvent, 'parameters' | 'macs' | 'weightsDigest'> {
  readonly accuracy: number;
  readonly loss: number;
}

/** What a run is made with. */
export interface Table1Surroundings {
  /** Folder of the table. */
  readonly path: string;
  readonly plan: Table1Plan;
  readonly overrides: Table1Overrides;
  readonly data: Cifar10;
  readonly signal: AbortSignal;
  /** Told of everything that happens in a phase. */
  onEvent(phase: Phase, event: SearchEvent | RetrainingEvent): void;
  /** Runs a phase, knowing how it stood. */
  around<T>(phase: Phase, state: PartState, work: () => Promise<T>): Promise<T>;
}

/** Folder of a run below the table's. */
export function folderOf(task: Table1Task): string {
  return join(`${nameOf(task).replace(', ', '-')}-${task.epochs}`, `seed-${task.seed}`);
}

/** Makes one run, or what of it is not yet made. */
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
    result: RUN_FILES.genotype,
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
    result: RUN_FILES.result,
    options,
    start: () => startRetraining(options, path, settings),
    resume: () => resumeRetraining(path, overrides, settings),
  };
}

/** A run that diverges does so whenever it is repeated: it is an outcome, and the table goes on. */
async function makePhase<Done extends { readonly event: 'done' }>(
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

/** Sum over the epochs that a run's record holds; 0 of a run that was not made. A line that a crash left half written is read over. */
function secondsOf(path: string): number {
  let sum = 0;
  readJsonLines(runFiles(path).metrics, (line) => {
    const { event, seconds = 0 } = (line ?? {}) as { event?: string; seconds?: number };
    if (event === 'epoch') sum += seconds;
    return true;
  });
  return sum;
}
