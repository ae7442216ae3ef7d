import { rmSync } from 'node:fs';
import type { Cifar10 } from '../../src/data/cifar10.ts';
import { DataError } from '../../src/data/data-error.ts';
import type { ResumableOptionName, RunOptionName } from '../../src/options/run-options.ts';
import { listCheckpoints } from '../../src/record/checkpoint-file.ts';
import {
  createRunFolder,
  type JobName,
  lockFolder,
  openRunFolder,
  type RunConfig,
  type RunFolder,
} from '../../src/record/run-folder.ts';
import type { CoordinatorReport, SearchEvent } from '../events.ts';
import { describeMachine, describeVersions } from './describe.ts';
import { hasBegun } from './run-state.ts';

/** What a run is run with, besides its options. `Event` is what it reports: of a search, or of a retraining. */
export interface RunOptions<Event = SearchEvent> {
  readonly data: Cifar10;
  /** Told of everything that happens, in order. */
  readonly onEvent?: ((event: Event) => void) | undefined;
  /** Pauses the run when aborted: the step in progress ends, a checkpoint is written, and the run can be resumed. */
  readonly signal?: AbortSignal | undefined;
  /** Facts to be noted in the record, `config.json`, of a new run. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
}

/** Options of a run that may be given anew when it is resumed: they change no result. */
export type Overrides<Options extends Record<RunOptionName, unknown>> = Partial<Pick<Options, ResumableOptionName>>;

/** Runs in a folder that is there, and locked. */
type Work<Result> = (folder: RunFolder, config: RunConfig) => Promise<Result>;

/**
 * Begins a run in a folder: new, or empty.
 *
 * @throws RunFolderError where something stands in the folder
 */
export async function beginRun<Result>(
  path: string,
  job: JobName,
  options: object,
  { data: { digest, source, official }, facts }: RunOptions<never>,
  work: Work<Result>,
): Promise<Result> {
  const { folder, config, unlock } = createRunFolder(path, {
    job,
    options,
    versions: describeVersions(),
    machine: describeMachine(),
    data: { digest, source, official },
    engine: null,
    ...facts,
  });
  try {
    return await work(folder, config);
  } catch (error) {
    // What never began leaves no folder behind that would be in the way of the next attempt.
    if (listCheckpoints(folder.checkpoints).length === 0 && !hasBegun(folder)) {
      rmSync(folder.path, { recursive: true, force: true });
    }
    throw error;
  } finally {
    unlock();
  }
}

/**
 * Goes on with the run in a folder.
 *
 * @throws RunFolderError where the folder holds no run, another job's, one of another version, or one that another
 *   process works on
 * @throws DataError where the run began with other pictures
 */
export async function continueRun<Result>(
  path: string,
  job: JobName,
  { data, onEvent }: RunOptions<CoordinatorReport>,
  work: Work<Result>,
): Promise<Result> {
  const { folder, config } = openRunFolder(path, job);
  const { digest } = (config.data ?? {}) as { digest?: string };
  if (digest !== data.digest) {
    throw new DataError(`the run in ${path} began with other pictures: digest ${digest}, now ${data.digest}`);
  }
  const unlock = lockFolder(folder);
  try {
    const changes = describeChanges(config.versions);
    if (changes !== null) {
      onEvent?.({ event: 'warning', message: `the run began under other versions, it may end elsewhere: ${changes}` });
    }
    return await work(folder, config);
  } finally {
    unlock();
  }
}

/** What differs between the versions that a run began under and those of today; null where nothing does. */
function describeChanges(recorded: unknown): string | null {
  const before = (recorded ?? {}) as Readonly<Record<string, string>>;
  const changes = Object.entries(describeVersions()).filter(([name, version]) => before[name] !== version);
  if (changes.length === 0) return null;
  return changes.map(([name, version]) => `${name} ${before[name] ?? 'unknown'}, now ${version}`).join('; ');
}
