import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine, describeVersions } from '../../actors/run/describe.ts';
import type { Cifar10 } from '../../src/data/cifar10.ts';
import { DataError } from '../../src/data/dataset.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { lockFolder, makeEmptyFolder, RunFolderError } from '../../src/record/run-folder.ts';

/** Version of the layout of a table's folder; it rises when the meaning changes. */
const TABLE_VERSION = 1;

/** Contents of `config.json` in a table's folder. */
export interface TableConfig {
  readonly tableVersion: number;
  /** Name of the table. */
  readonly table: string;
  /** Plan of the runs; the table knows how to read it. */
  readonly plan: unknown;
  readonly data: Pick<Cifar10, 'digest' | 'source' | 'official'>;
  readonly [fact: string]: unknown;
}

/**
 * Begins a table in a folder that is new or empty.
 *
 * @throws RunFolderError if the folder is not empty, or something stands in its way
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
 * @throws RunFolderError if the folder holds no table, another one, or one of another version
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
    throw new RunFolderError(`${path}: config.json is damaged: it names no data`);
  return config;
}

/** @throws DataError if the table began with other pictures */
export function checkSameData(path: string, { data }: TableConfig, { digest }: Cifar10): void {
  if (data.digest === digest) return;
  throw new DataError(`the table in ${path} began with other pictures: digest ${data.digest}, now ${digest}`);
}

/**
 * Locks a table against other processes.
 *
 * @returns unlocks it
 * @throws RunFolderError if another process works on it
 */
export function lockTableFolder(path: string): () => void {
  return lockFolder({ path, lock: join(path, 'table.lock') });
}
