import { existsSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { type ExperimentConfig, openExperimentFolder, readExperimentName } from '../many-runs/experiment-folder.ts';
import type { PlannedRuns, RecordedExperiment } from '../many-runs/planned-runs.ts';
import { digestPlan, type JobData } from './job-data.ts';
import { QueueError } from './queue-error.ts';

/** An experiment that a job belongs to. */
export interface OpenTable {
  readonly path: string;
  readonly config: ExperimentConfig;
  readonly runs: PlannedRuns;
  /** The run of the job. */
  readonly task: object;
}

/**
 * Opens the experiment of a job, and finds its run there.
 *
 * @param store folder that holds the experiments; nothing outside it is read
 * @throws QueueError if the job names something else, or its plan is another one
 * @throws RunFolderError, OptionsError if the folder is damaged
 */
export function openTable(
  store: string,
  { table, run, planDigest, dataDigest }: JobData,
  experiments: readonly RecordedExperiment[],
): OpenTable {
  const path = join(store, table);
  const inside = existsSync(path) && `${realpathSync(path)}${sep}`.startsWith(`${realpathSync(store)}${sep}`);
  if (!inside) throw new QueueError(`there is no folder ${table} in the store`);
  const name = readExperimentName(path);
  const experiment = experiments.find((one) => one.name === name);
  if (experiment === undefined) throw new QueueError(`${table} holds no experiment that workers know`);
  const config = openExperimentFolder(path, experiment.name);
  const plan = experiment.readPlan(config.plan);
  if (digestPlan(plan) !== planDigest) {
    throw new QueueError(`the plan of ${table} has changed since the job was added: add its jobs again`);
  }
  if (config.data.digest !== dataDigest) throw new QueueError(`${table} has other pictures than the job`);
  const runs = experiment.runsOf(plan);
  const task = runs.tasks.find((one) => runNameOf(runs.folderOf(one)) === run);
  if (task === undefined) throw new QueueError(`the plan of ${table} has no run ${run}`);
  return { path, config, runs, task };
}

/** Name of a run as jobs have it. */
export function runNameOf(folder: string): string {
  return folder.replaceAll(sep, '/');
}
