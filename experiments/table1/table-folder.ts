import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine, describeVersions } from '../../actors/run/describe.ts';
import type { Cifar10 } from '../../src/data/cifar10.ts';
import { DataError } from '../../src/data/dataset.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { lockFolder, makeEmptyFolder, RunFolderError } from '../../src/record/run-folder.ts';

/** Raised whenever the layout of a table's folder changes its meaning. */
const TABLE_VERSION = 1;

/** What `config.json` of a table's folder holds. */
export interface TableConfig {
  readonly tableVersion: number;
  /** Which table it is of. */
  readonly table: string;
  /** What was to be run; the table knows how to read it. */
  readonly plan: unknown;
  readonly data: Pick<Cifar10, 'digest' | 'source' | 'official'>;
  readonly [fact: string]: unknown;
}

/**
 * Begins a table in a folder: new, or empty.
 *
 * @throws RunFolderError where something stands there already, or in its way
 */
export function createTableFolder(path: string, table: string, plan: object, data: Cifar10): void {
  makeEmptyFolder(path, 'table');
  const { digest, source, official } = data;
  const config: TableConfig = {
    tableVersion: TABLE_VERSION,
    table,
    plan,
    versions: describeVersions(),
    machine: describeMachine(),
    data: { digest, source, official },
  };
  writeFileAtomically(join(path, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * Reads the record of a table that was begun.
 *
 * @throws RunFolderError where the folder holds none, another one, or one of another version
 */
export function openTableFolder(path: string, table: string): TableConfig {
  let config: TableConfig | null;
  try {
    config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'));
  } catch (cause) {
    const why = (cause as Error).message;
    throw new RunFolderError(`${path} holds no table: config.json cannot be read (${why})`, { cause });
  }
  if (config?.table !== table) throw new RunFolderError(`${path} holds no ${table}`);
  if (config.tableVersion !== TABLE_VERSION) {
    const version = JSON.stringify(config.tableVersion);
    throw new RunFolderError(
      `${path} holds a table of version ${version}, and this program reads version ${TABLE_VERSION}`,
    );
  }
  if (typeof config.data?.source !== 'string')
    throw new RunFolderError(`${path}: config.json is damaged, it says of no data`);
  return config;
}

/** @throws DataError where the table began with other pictures */
export function checkSameData(path: string, { data }: TableConfig, { digest }: Cifar10): void {
  if (data.digest === digest) return;
  throw new DataError(`the table in ${path} began with other pictures: digest ${data.digest}, now ${digest}`);
}

/**
 * Locks a table against other processes.
 *
 * @returns unlocks it
 * @throws RunFolderError where another process works on it
 */
export function lockTableFolder(path: string): () => void {
  return lockFolder({ path, lock: join(path, 'table.lock') });
}
