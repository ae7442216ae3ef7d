import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { describeMachine, describeVersions } from '../../actors/run/describe.ts';
import { describeData } from '../../src/data/data-record.ts';
import { DataError, type LoadedDataset } from '../../src/data/dataset.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { awaitFolder, type LockWait } from '../../src/record/folder-lock.ts';
import { readJson } from '../../src/record/read-json.ts';
import { makeEmptyFolder, RunFolderError } from '../../src/record/run-folder.ts';

/** Version of the layout of an experiment's folder; it rises when the meaning changes. */
const EXPERIMENT_VERSION = 1;

/** Contents of `config.json` in the folder of an experiment of many runs. */
export interface ExperimentConfig {
  readonly experimentVersion: number;
  /** Name of the experiment. */
  readonly experiment: string;
  /** Plan of the runs; the experiment knows how to read it. */
  readonly plan: unknown;
  readonly data: Pick<LoadedDataset, 'digest' | 'source' | 'official'>;
  readonly [fact: string]: unknown;
}

/**
 * Begins an experiment in a folder that is new or empty.
 *
 * @throws RunFolderError if the folder is not empty, or something stands in its way
 */
export function createExperimentFolder(path: string, experiment: string, plan: object, data: LoadedDataset): void {
  makeEmptyFolder(path, 'experiment');
  const config: ExperimentConfig = {
    experimentVersion: EXPERIMENT_VERSION,
    experiment,
    plan,
    versions: describeVersions(),
    machine: describeMachine(),
    data: describeData(data),
  };
  writeConfig(path, config);
}

/** Records a plan that has grown since the experiment began. */
export function recordPlan(path: string, config: ExperimentConfig, plan: object): void {
  if (!isDeepStrictEqual(config.plan, plan)) writeConfig(path, { ...config, plan });
}

function writeConfig(path: string, config: ExperimentConfig): void {
  writeFileAtomically(join(path, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * Reads the record of an experiment that was begun.
 *
 * @throws RunFolderError if the folder holds no experiment, another one, or one of another version
 */
export function openExperimentFolder(path: string, experiment: string): ExperimentConfig {
  let config: ExperimentConfig | null;
  try {
    config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'));
  } catch (cause) {
    const why = (cause as Error).message;
    throw new RunFolderError(`${path} holds no ${experiment}: config.json cannot be read (${why})`, { cause });
  }
  if (config?.experiment !== experiment) throw new RunFolderError(`${path} holds no ${experiment}`);
  if (config.experimentVersion !== EXPERIMENT_VERSION) {
    const version = JSON.stringify(config.experimentVersion);
    throw new RunFolderError(
      `${path} holds a ${experiment} of version ${version}, and this program reads version ${EXPERIMENT_VERSION}`,
    );
  }
  if (typeof config.data?.source !== 'string')
    throw new RunFolderError(`${path}: config.json is damaged: it names no data`);
  return config;
}

/** Name of the experiment in a folder; null if it holds none. */
export function readExperimentName(path: string): string | null {
  return readJson(join(path, 'config.json'), z.object({ experiment: z.string() }), [])?.experiment ?? null;
}

/** @throws DataError if the experiment began with other pictures */
export function checkSameData(path: string, { data }: ExperimentConfig, { digest }: LoadedDataset): void {
  if (data.digest === digest) return;
  throw new DataError(`the experiment in ${path} began with other pictures: digest ${data.digest}, now ${digest}`);
}

/**
 * Locks an experiment against other processes.
 *
 * @returns unlocks it
 * @throws RunFolderError if another process works on it
 */
export async function lockExperimentFolder(path: string, wait: LockWait = {}): Promise<() => void> {
  return (await awaitFolder({ path, lock: join(path, 'experiment.lock') }, wait)).unlock;
}
