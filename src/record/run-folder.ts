import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from './atomic-file.ts';
import { EVENT_FILE_NAME } from './event-file.ts';
import { takeLock } from './run-lock.ts';

/** Raised whenever the layout of a run folder changes its meaning. */
export const RUN_VERSION = 1;

/** A folder cannot be used for a run; the message says why. */
export class RunFolderError extends Error {
  override readonly name = 'RunFolderError';
}

/** The system's codes for what stands where a folder is to be. */
const IN_THE_WAY: Readonly<Record<string, string>> = {
  EEXIST: 'a file stands there',
  ENOTDIR: 'a file stands there',
  ENOENT: 'a link leads nowhere',
};

/** Where everything of a run lies. */
export interface RunFolder {
  readonly path: string;
  /** Resolved options, seed, versions, engine, machine. */
  readonly config: string;
  /** One line an epoch, and a last one. */
  readonly metrics: string;
  /** Every transition, decision and proposal. */
  readonly trace: string;
  /** The metrics for TensorBoard. */
  readonly events: string;
  /** Of a search: alpha at the start and after every epoch, one JSON line each: `{epoch, step, normal, reduce}`, row-major. */
  readonly alpha: string;
  /** Of a search: alpha before each step on it; see `AlphaFile`. */
  readonly alphaSteps: string;
  readonly checkpoints: string;
  /** Of a search: the derived cells with their margins, and whether each is valid. */
  readonly genotype: string;
  /** The same as text for the PyTorch repositories. */
  readonly genotypeText: string;
  /** Of a retraining: the test accuracy, and what it is of. */
  readonly result: string;
  /** Stands as long as a process works on the run. */
  readonly lock: string;
}

/** What a run does. */
export type JobName = 'search' | 'retraining';

/** What `config.json` holds. */
export interface RunConfig {
  readonly runVersion: number;
  readonly job: JobName;
  /** Resolved options: a run is repeated by giving these again. */
  readonly options: object;
  readonly [fact: string]: unknown;
}

function layout(path: string): RunFolder {
  const file = (name: string): string => join(path, name);
  return {
    path,
    config: file('config.json'),
    metrics: file('metrics.jsonl'),
    trace: file('trace.jsonl'),
    events: file(EVENT_FILE_NAME),
    alpha: file('alpha.jsonl'),
    alphaSteps: file('alpha-steps.f64'),
    checkpoints: file('checkpoints'),
    genotype: file('genotype.json'),
    genotypeText: file('genotype.txt'),
    result: file('result.json'),
    lock: file('run.lock'),
  };
}

/**
 * Creates the folder of a new run, and locks it.
 *
 * @throws RunFolderError where something stands there already
 */
export function createRunFolder(
  path: string,
  config: Omit<RunConfig, 'runVersion'>,
): { folder: RunFolder; config: RunConfig; unlock: () => void } {
  const folder = layout(path);
  makeEmptyFolder(path, 'run');
  makeFolder(folder.checkpoints);
  const unlock = lockFolder(folder);
  try {
    return { folder, config: writeRunConfig(folder, config), unlock };
  } catch (error) {
    rmSync(path, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Creates a folder where it does not exist; one that is empty will do.
 *
 * @param what is to be in it, for the message
 * @throws RunFolderError where something stands there already, or in its way
 */
export function makeEmptyFolder(path: string, what: 'run' | 'table'): void {
  if (existsSync(path) && !(statSync(path).isDirectory() && readdirSync(path).length === 0)) {
    throw new RunFolderError(`${path} exists and is no empty folder: choose another, or resume the ${what} in it`);
  }
  makeFolder(path);
}

/**
 * Creates a folder, and those above it, where it does not exist.
 *
 * @throws RunFolderError where something else stands in its way
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    const why = IN_THE_WAY[(cause as NodeJS.ErrnoException).code ?? ''];
    if (why === undefined) throw cause;
    throw new RunFolderError(`${path} cannot be a folder: ${why}`, { cause });
  }
}

/**
 * Locks a folder against other processes.
 *
 * @param lock file that stands as long as it is locked
 * @returns unlocks it
 * @throws RunFolderError where another process works on it
 */
export function lockFolder({ path, lock }: Pick<RunFolder, 'path' | 'lock'>): () => void {
  const taken = takeLock(lock);
  if ('unlock' in taken) return taken.unlock;
  throw new RunFolderError(`${path} is in use by ${taken.heldBy}; if that is not so, remove ${lock}`);
}

/** Writes `config.json`, in place of one that may be there, and returns what it holds. */
export function writeRunConfig(folder: RunFolder, config: Omit<RunConfig, 'runVersion'>): RunConfig {
  const complete = { ...config, runVersion: RUN_VERSION } as RunConfig;
  writeFileAtomically(folder.config, `${JSON.stringify(complete, null, 2)}\n`);
  return complete;
}

/**
 * Opens the folder of a run that was begun.
 *
 * @param job what the run must be. @default anything
 * @throws RunFolderError where it holds no run, one of another version, or another job's
 */
export function openRunFolder(path: string, job?: JobName): { folder: RunFolder; config: RunConfig } {
  const folder = layout(path);
  let config: RunConfig | null;
  try {
    config = JSON.parse(readFileSync(folder.config, 'utf8'));
  } catch (cause) {
    throw new RunFolderError(`${path} holds no run: config.json cannot be read (${(cause as Error).message})`, {
      cause,
    });
  }
  if (config?.runVersion === undefined)
    throw new RunFolderError(`${path} holds no run: config.json is of something else`);
  if (config.runVersion !== RUN_VERSION) {
    const version = JSON.stringify(config.runVersion);
    throw new RunFolderError(
      `${path} holds a run of version ${version}, and this program reads version ${RUN_VERSION}`,
    );
  }
  const held = config.job ?? 'search'; // the first runs do not say
  if (job !== undefined && held !== job) throw new RunFolderError(`${path} holds a ${held}, not a ${job}`);
  return { folder, config };
}
