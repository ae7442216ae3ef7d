import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from './atomic-file.ts';
import { newestCheckpointName, readCheckpointName } from './checkpoint-file.ts';
import { awaitFolder, type FolderLock, type LockWait, lockFolder } from './folder-lock.ts';
import { isInTheMaking, sweepFolder } from './leftovers.ts';
import { lenientNumber, lenientObject } from './read-json.ts';
import { RunFolderError } from './run-folder-error.ts';

export { FolderInUseError, RunFolderError } from './run-folder-error.ts';

/** Version of the run folder's layout. It rises when a file changes its meaning. */
export const RUN_VERSION = 1;

/** Reasons why a folder cannot be created, by the system's error code. */
const IN_THE_WAY: Readonly<Record<string, string>> = {
  EEXIST: 'a file is in the way',
  ENOTDIR: 'a file is in the way',
  ENOENT: 'the system makes no folders there',
};

/** Name of each file of a run in its folder. */
export const RUN_FILES = {
  /** Job, resolved options, versions, machine, data and engine; see `RunConfig`. */
  config: 'config.json',
  /** One line per epoch, and a last one at the end of the run; see `metrics-line.ts`. */
  metrics: 'metrics.jsonl',
  /** Every transition of the coordinator, and every step on alpha with its proposals; see `TraceLine`. */
  trace: 'trace.jsonl',
  /** States and transitions of the coordinator; see `Statechart`. */
  statechart: 'statechart.json',
  /** The metrics for TensorBoard, which finds the file by `tfevents` and names the run by its folder. */
  events: 'events.out.tfevents.lesslocal',
  /** Alpha at the start and after every epoch of a search; see `AlphaLine`. */
  alpha: 'alpha.jsonl',
  /** Alpha before each step on it; see `AlphaFile`. */
  alphaSteps: 'alpha-steps.f64',
  /** Folder of the checkpoints; see `writeCheckpoint`. */
  checkpoints: 'checkpoints',
  /** Result of a search: the derived cells with their margins, and whether each is valid; see `RunResult`. */
  genotype: 'genotype.json',
  /** The genotype of a search as text for the PyTorch repositories. */
  genotypeText: 'genotype.txt',
  /** Result of a retraining: the test accuracy and the size of the network; see `RunResult`. */
  result: 'result.json',
  /** What a retrained network takes the test pictures for; see `RunPredictions`. */
  predictions: 'predictions.json',
  /** Run folder of the retraining that followed a search. */
  following: 'retrain',
  /** The report as a page. */
  report: 'report.html',
  /** Begins and ends of the processes that worked on the run; see `beginAttempt`. */
  attempts: 'attempts.jsonl',
  /** Lock of the process that works on the run, without its number; see `takeLock`. */
  lock: 'run.lock',
} as const;

/** Path of a run folder, and of each file in it. */
export type RunFolder = { readonly path: string /** If this process holds it. */; readonly hold?: FolderLock } & {
  readonly [file in keyof typeof RUN_FILES]: string;
};

/** A run folder that this process has locked. */
export type HeldRunFolder = RunFolder & { readonly hold: FolderLock };

/** Paths of the files of the run in a folder, whether they exist or not. */
export function runFiles(path: string): RunFolder {
  const files = Object.entries(RUN_FILES).map(([file, name]) => [file, join(path, name)] as const);
  return { path, ...(Object.fromEntries(files) as Omit<RunFolder, 'path' | 'hold'>) };
}

/** Facts that a report shows as they are. */
const facts = z.record(z.string(), z.unknown()).catch({});

/** Reads `config.json` of any version: what is missing, or not as expected, is null or empty. */
export const configSchema = lenientObject({
  runVersion: lenientNumber,
  /** The run's job. The oldest records do not name it: they are of searches. */
  job: z.enum(['search', 'retraining']).catch('search'),
  /** Resolved options: a run is repeated by giving these again. */
  options: facts,
  versions: facts,
  machine: facts,
  data: facts,
  engine: facts,
});
export type RunRecord = z.output<typeof configSchema>;

/** Name of a run's job. */
export type JobName = RunRecord['job'];

/** `config.json` of a run that this program can continue. */
export interface RunConfig {
  readonly runVersion: number;
  readonly job: JobName;
  /** Resolved options: a run is repeated by giving these again. */
  readonly options: object;
  readonly [fact: string]: unknown;
}

/**
 * Creates the folder of a new run, and locks it. What a process that was killed before it wrote a record left there is no
 * obstacle.
 *
 * @throws RunFolderError if the folder is not empty, another process uses it, or a file is in its way
 */
export function createRunFolder(
  path: string,
  config: Omit<RunConfig, 'runVersion'>,
): { folder: HeldRunFolder; config: RunConfig; unlock: () => void } {
  const files = runFiles(path);
  makeEmptyFolder(path, 'run');
  const hold = lockFolder(files);
  const folder = { ...files, hold };
  try {
    // Another process may have been faster.
    makeEmptyFolder(path, 'run');
    sweepRunFolder(folder);
    makeFolder(folder.checkpoints);
  } catch (error) {
    hold.unlock();
    throw error;
  }
  try {
    return { folder, config: writeRunConfig(folder, config), unlock: hold.unlock };
  } catch (error) {
    rmSync(path, { recursive: true, force: true });
    hold.unlock();
    throw error;
  }
}

/**
 * Locks the folder of a run that has begun, and removes what killed processes were writing.
 *
 * @throws RunFolderError if another process works on it
 */
export async function holdRunFolder(folder: RunFolder, wait: Omit<LockWait, 'above'>): Promise<HeldRunFolder> {
  const above = newestCheckpointName(folder.checkpoints).incarnation;
  const hold = await awaitFolder(folder, { ...wait, above });
  sweepRunFolder(folder);
  return { ...folder, hold };
}

function sweepRunFolder({ path, checkpoints }: RunFolder): void {
  const names: ReadonlySet<string> = new Set(Object.values(RUN_FILES));
  sweepFolder(path, (name) => names.has(name));
  sweepFolder(checkpoints, (name) => readCheckpointName(name) !== null);
}

/** Names of what may be in the folder of a run that has no record yet. */
const BEFORE_THE_RECORD = [/^run\.lock(\.\d+)?$/, /^(run\.lock|config\.json)\..+$/] as const;

/** Tells whether a folder holds nothing, or what a process left that was killed before it wrote `config.json`. */
function isUnused(path: string): boolean {
  if (!statSync(path).isDirectory()) return false;
  const [lock, making] = BEFORE_THE_RECORD;
  return readdirSync(path).every((name) => {
    if (name === RUN_FILES.checkpoints) return readdirSync(join(path, name)).every(isInTheMaking);
    return lock.test(name) || (making.test(name) && isInTheMaking(name));
  });
}

/**
 * Creates a folder, or takes one that is empty but for what a process left that was killed before it wrote its record.
 *
 * @param what the folder will hold, for the error message
 * @throws RunFolderError if the folder is not empty, or a file is in its way
 */
export function makeEmptyFolder(path: string, what: 'run' | 'experiment'): void {
  if (existsSync(path) && !isUnused(path)) {
    throw new RunFolderError(`${path} exists and is not empty: choose another folder, or resume the ${what} in it`);
  }
  makeFolder(path);
}

/**
 * Creates a folder and its parents if they are missing.
 *
 * @throws RunFolderError if a file is in the way, or the system refuses the folder
 */
export function makeFolder(path: string): void {
  try {
    makeWithParents(normalize(path));
  } catch (cause) {
    const { code = '', path: place = path } = cause as NodeJS.ErrnoException;
    const why = code === 'EEXIST' && !existsSync(place) ? 'a link leads nowhere' : IN_THE_WAY[code];
    if (why === undefined) throw cause;
    throw new RunFolderError(`${path} cannot be a folder: ${why}`, { cause });
  }
}

/** Does what `recursive` of `mkdirSync` does, which never returns where the system answers ENOENT, as in `/proc`. */
function makeWithParents(path: string): void {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeWithParents(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isFolder(path)) throw error; // another process may have been faster
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Writes `config.json`, or replaces it, and returns what it holds. */
export function writeRunConfig(folder: RunFolder, config: Omit<RunConfig, 'runVersion'>): RunConfig {
  const complete = { ...config, runVersion: RUN_VERSION } as RunConfig;
  writeFileAtomically(folder.config, `${JSON.stringify(complete, null, 2)}\n`);
  return complete;
}

/**
 * Opens the folder of a run that has begun.
 *
 * @param job the job that the run must have. @default any
 * @throws RunFolderError if the folder holds no run, a run of another version, or another job
 */
export function openRunFolder(path: string, job?: JobName): { folder: RunFolder; config: RunConfig } {
  const folder = runFiles(path);
  let config: RunConfig | null;
  try {
    config = JSON.parse(readFileSync(folder.config, 'utf8'));
  } catch (cause) {
    throw new RunFolderError(`${path} holds no run: config.json cannot be read (${(cause as Error).message})`, {
      cause,
    });
  }
  if (config?.runVersion === undefined)
    throw new RunFolderError(`${path} holds no run: config.json was not written by a run`);
  if (config.runVersion !== RUN_VERSION) {
    const version = JSON.stringify(config.runVersion);
    throw new RunFolderError(
      `${path} holds a run of version ${version}, and this program reads version ${RUN_VERSION}`,
    );
  }
  const held = configSchema.parse(config).job;
  if (job !== undefined && held !== job) throw new RunFolderError(`${path} holds a ${held}, not a ${job}`);
  return { folder, config };
}
