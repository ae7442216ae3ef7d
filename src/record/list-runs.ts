import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeOwner } from './lock-owner.ts';
import { RUN_FILES, RunFolderError } from './run-folder.ts';
import { type RunOverview, readOverview } from './run-overview.ts';

/** Folders that hold no runs. */
const NO_RUNS: ReadonlySet<string> = new Set([RUN_FILES.checkpoints, 'node_modules']);

/** Files that only a run writes. */
const TRACES: ReadonlySet<string> = new Set([RUN_FILES.metrics, RUN_FILES.trace]);
const LOCK = new RegExp(`^${RUN_FILES.lock.replace('.', '\\.')}(\\.\\d+)?$`);

/**
 * Finds the run folders below a folder, itself included, however deep, as those of an experiment lie. It follows no links,
 * and passes over hidden folders and those that cannot be read.
 *
 * @returns paths in alphabetical order, joined to the folder's
 */
export function listRuns(folder: string): string[] {
  const entries = entriesOf(folder);
  const own = isRun(folder, entries) ? [folder] : [];
  const below = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !NO_RUNS.has(entry.name))
    .map(({ name }) => name)
    .toSorted();
  return [...own, ...below.flatMap((name) => listRuns(join(folder, name)))];
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Whether a folder is a run's. One that has just begun, or was half written, holds a lock or a record alone. */
function isRun(folder: string, entries: readonly Dirent[]): boolean {
  const names = entries.map(({ name }) => name);
  if (names.some((name) => TRACES.has(name) || LOCK.test(name))) return true;
  return names.includes(RUN_FILES.config) && hasVersion(join(folder, RUN_FILES.config));
}

/** Whether a record is of a run: experiments have records of that name too. */
function hasVersion(config: string): boolean {
  try {
    return JSON.parse(readFileSync(config, 'utf8'))?.runVersion !== undefined;
  } catch {
    return false;
  }
}

/** Least milliseconds between two looks at runs, and how many times longer than a look they are at least. */
const LEAST_REST_MS = 1000;
const REST = 10;

/** Milliseconds to rest after a look at all runs below a folder, so that looks take at most about a tenth of a core. */
export function restAfterLook(tookMs: number): number {
  return Math.max(LEAST_REST_MS, REST * tookMs);
}

/**
 * Reads all runs below a folder for a table.
 *
 * @throws RunFolderError if there is no such folder
 */
export function readOverviews(folder: string): RunOverview[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RunFolderError(`there is no folder ${folder}`);
  }
  return [...eachOverview(folder)];
}

/** Yields the runs below a folder as they are read. */
export function* eachOverview(folder: string): Generator<RunOverview> {
  const self = describeOwner();
  for (const run of listRuns(folder)) {
    try {
      yield readOverview(run, Date.now(), self);
    } catch {
      // It was removed at this moment, or may not be read.
    }
  }
}
