import { join } from 'node:path';
import type { PausedEvent, RetrainingEvent, SearchEvent } from '../../actors/index.ts';
import type { LoadedDataset } from '../../src/data/dataset.ts';
import type { LockWatch } from '../../src/record/lock-watch.ts';
import { FolderInUseError } from '../../src/record/run-folder.ts';
import { claimRun } from '../many-runs/claim-run.ts';
import type { RecordedExperiment } from '../many-runs/planned-runs.ts';
import { readRun } from '../many-runs/read-runs.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';
import type { Phase } from '../many-runs/work-left.ts';
import type { JobData, JobResult } from './job-data.ts';
import { openTable } from './open-table.ts';
import { RECORDED_EXPERIMENTS } from './recorded-experiments.ts';

/** What a worker makes all its runs with. */
export interface Workshop {
  /** Folder that holds the experiments. */
  readonly store: string;
  readonly data: LoadedDataset;
  readonly overrides: RunOverrides;
  /** Watches processes outside the queue that hold runs. */
  readonly watch: LockWatch;
  /** @default those of this repository */
  readonly experiments?: readonly RecordedExperiment[];
}

/** A job that a worker has taken. */
export interface TakenJob {
  readonly data: JobData;
  /** Name of the job that no other has, in any queue. */
  readonly name: string;
  /** Asks the run to pause. */
  readonly signal: AbortSignal;
  onEvent(phase: Phase, event: SearchEvent | RetrainingEvent): void;
}

/** This worker has other pictures than the experiment; another may have them. */
class OtherPicturesError extends Error {}

/**
 * Makes the run of a job, or the part of it that is missing.
 *
 * @returns its result, or where it was paused
 * @throws QueueError as `openTable` does
 * @throws FolderInUseError if a process outside the queue makes the run, or it was taken over from here
 */
export async function makeJob(
  { store, data, overrides, watch, experiments = RECORDED_EXPERIMENTS as readonly RecordedExperiment[] }: Workshop,
  { data: job, name, signal, onEvent }: TakenJob,
): Promise<JobResult | PausedEvent> {
  const { path, runs, task } = openTable(store, job, experiments);
  if (data.digest !== job.dataDigest) {
    throw new OtherPicturesError(
      `the pictures of ${job.table} have the digest ${job.dataDigest}, those here ${data.digest}`,
    );
  }
  const before = await readRun(runs, task, path, data);
  if (before !== null) return resultOf(before);
  const folder = runs.folderOf(task);
  const claim = claimRun({ path, folder, watch, job: name });
  if ('held' in claim) throw new FolderInUseError(`${join(path, folder)} is in use by ${claim.held.heldBy}`);
  try {
    const run = await runs.make(task, {
      ...{ path, overrides, data, facts: data, signal, onEvent, otherEngine: false },
      displaced: claim.displaced,
      around: async (_phase, _state, work) => {
        claim.check();
        return await work();
      },
    });
    return 'event' in run && run.event === 'paused' ? (run as PausedEvent) : resultOf(run);
  } finally {
    claim.release();
  }
}

/** What is told of a run: its folder has the rest. */
function resultOf(run: object): JobResult {
  const { outcome, alphaDigest, retrained } = run as {
    readonly outcome?: string;
    readonly alphaDigest?: string | null;
    readonly retrained?: { readonly trainings?: readonly { readonly weightsDigest: string }[] } | null;
  };
  const trainings = retrained?.trainings ?? [];
  return {
    outcome: outcome ?? 'done',
    digests: [...(alphaDigest ? [alphaDigest] : []), ...trainings.map(({ weightsDigest }) => weightsDigest)],
  };
}
