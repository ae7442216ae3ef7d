import { rmSync } from 'node:fs';
import { describeData } from '../../src/data/data-record.ts';
import { DataError, type LoadedDataset } from '../../src/data/dataset.ts';
import type { ResumableOptionName, RunOptionName } from '../../src/options/run-options.ts';
import { type AttemptEnd, beginAttempt, DONE, PAUSED } from '../../src/record/attempts.ts';
import { listCheckpoints, newestCheckpointName } from '../../src/record/checkpoint-file.ts';
import {
  createRunFolder,
  type HeldRunFolder,
  holdRunFolder,
  type JobName,
  openRunFolder,
  type RunConfig,
  type RunFolder,
  runFiles,
} from '../../src/record/run-folder.ts';
import { writeStatechart } from '../../src/record/statechart.ts';
import type { CoordinatorReport, SearchEvent } from '../events.ts';
import { describeMachine, describeVersions } from './describe.ts';
import { hasBegun } from './run-state.ts';
import { describeStatechart } from './statechart.ts';

/** Surroundings of a run, besides its options. `Event` is the type of its events. */
export interface RunOptions<Event = SearchEvent> {
  readonly data: LoadedDataset;
  /** Hears every event, in order. */
  readonly onEvent?: ((event: Event) => void) | undefined;
  /** Pauses the run when aborted: the step in progress ends, and a checkpoint is written to resume from. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether a resumed run may go on with an engine that computes other bits than the one it began on. @default false: such a
   * run is refused
   */
  readonly otherEngine?: boolean | undefined;
  /** Facts for the record (`config.json`) of a new run. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
}

/** Options of a run that may be given anew when it is resumed: they change no result. */
export type Overrides<Options extends Record<RunOptionName, unknown>> = Partial<Pick<Options, ResumableOptionName>>;

/** Work in a run folder that exists and is locked. */
type Work<Result> = (folder: RunFolder, config: RunConfig) => Promise<Result>;

/**
 * Begins a run in a folder that is new or empty.
 *
 * @throws RunFolderError if the folder holds something
 */
export async function beginRun<Result>(
  path: string,
  job: JobName,
  options: object,
  { data, facts }: RunOptions<never>,
  work: Work<Result>,
): Promise<Result> {
  const { folder, config } = createRunFolder(path, {
    job,
    options,
    versions: describeVersions(),
    machine: describeMachine(),
    data: describeData(data),
    engine: null,
    ...facts,
  });
  return await attempt(folder, async () => {
    try {
      writeStatechart(folder.statechart, describeStatechart());
      return await work(folder, config);
    } catch (error) {
      // A run that never began leaves no folder behind: it would be in the way of the next attempt.
      if (isOurs(folder) && listCheckpoints(folder.checkpoints).length === 0 && !hasBegun(folder)) {
        rmSync(folder.path, { recursive: true, force: true });
      }
      throw error;
    }
  });
}

/**
 * Goes on with the run in a folder.
 *
 * @throws RunFolderError if the folder holds no run, a run of another job or version, or one that another process uses
 * @throws DataError if the run began with other pictures
 */
export async function continueRun<Result>(
  path: string,
  job: JobName,
  { data, onEvent, signal }: RunOptions<CoordinatorReport>,
  work: Work<Result>,
): Promise<Result> {
  checkSamePictures(path, openRunFolder(path, job).config, data);
  const tell = (message: string): void => onEvent?.({ event: 'warning', message });
  const folder = await holdRunFolder(runFiles(path), { tell, signal });
  return await attempt(folder, async () => {
    // The holder before may have noted its engine in the meantime.
    const { config } = openRunFolder(path, job);
    const changes = describeChanges(config.versions);
    if (changes !== null) {
      tell(`the run began under other versions, it may end elsewhere: ${changes}`);
    }
    return await work(folder, config);
  });
}

/** Exit codes of a program that someone ended: a refusal, Ctrl-C, a closed output. */
const WANTED_EXITS: readonly number[] = [2, 130, 141];

/** Names of errors that end a run because a process died. */
const DEATHS: readonly string[] = ['SupernetLostError', 'WorkersLostError'];

/**
 * Works in a run folder, notes how it began and ended, and unlocks the folder.
 *
 * @throws RunFolderError if the run has died too often at its iteration
 */
async function attempt<Result>(folder: HeldRunFolder, work: () => Promise<Result>): Promise<Result> {
  const { hold, checkpoints, attempts } = folder;
  let end: (how: AttemptEnd) => void = () => undefined;
  const exit = (code: number): void => {
    end({ how: `its process ended with exit code ${code}`, died: !WANTED_EXITS.includes(code) });
    hold.unlock();
  };
  process.once('exit', exit);
  try {
    const { cpu } = describeMachine();
    const { step } = newestCheckpointName(checkpoints);
    end = beginAttempt(attempts, { cpu, incarnation: hold.incarnation, step });
    const result = await work();
    const paused = (result as { event?: unknown } | null)?.event === 'paused';
    end(paused ? PAUSED : DONE);
    return result;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
    end({ how: message.split('\n')[0] as string, died: DEATHS.includes(name) });
    throw error;
  } finally {
    process.off('exit', exit);
    hold.unlock();
  }
}

function isOurs({ hold }: HeldRunFolder): boolean {
  try {
    hold.check();
    return true;
  } catch {
    return false;
  }
}

/** @throws DataError that names both sources and both digests if a run began with other pictures */
function checkSamePictures(path: string, config: RunConfig, { digest, source }: LoadedDataset): void {
  const before = factOf(config.data, 'digest');
  if (before === digest) return;
  const from = factOf(config.data, 'source') ?? 'an unknown source';
  throw new DataError(
    `the run in ${path} began with other pictures: those of ${from} had the digest ${before}, ` +
      `those of ${source} have ${digest}`,
  );
}

/** Describes the differences between the versions that a run began under and today's; null if there are none. */
function describeChanges(recorded: unknown): string | null {
  const changes = Object.entries(describeVersions()).flatMap(([name, version]) => {
    const before = factOf(recorded, name) ?? 'unknown';
    return before === version ? [] : [`${name} ${before}, now ${version}`];
  });
  return changes.length === 0 ? null : changes.join('; ');
}

/** Reads a fact of a group in the record; undefined if the record lacks it. */
function factOf(group: unknown, name: string): unknown {
  if (typeof group !== 'object' || group === null) return undefined;
  return new Map(Object.entries(group)).get(name);
}
