import { isDeepStrictEqual } from 'node:util';
import { inTime } from './connection.ts';
import { type JobData, jobIdOf } from './job-data.ts';
import type { RunQueue } from './queues.ts';
import { BACKOFF_MS, TRIES } from './settings.ts';

/** A run for a queue. */
export interface QueuedRun {
  readonly data: JobData;
  /** Whether it is done. */
  readonly done: boolean;
}

/** What became of runs that were added. */
export interface AddedRuns {
  readonly added: number;
  /** Had failed, and are tried again. */
  readonly retried: number;
  /** Were in the queue, and stay. */
  readonly waiting: number;
}

/**
 * Adds the runs that are not done to a queue, in their order. A run that is there already stays, and one that failed is
 * tried again, so that adding twice changes nothing.
 *
 * @throws QueueError if Redis does not answer in time
 */
export async function addJobs(queue: RunQueue, runs: readonly QueuedRun[]): Promise<AddedRuns> {
  const counts = { added: 0, retried: 0, waiting: 0 };
  for (const { data, done } of runs) if (!done) counts[await inTime(addJob(queue, data))]++;
  return counts;
}

async function addJob(queue: RunQueue, data: JobData): Promise<keyof AddedRuns> {
  const jobId = jobIdOf(data);
  const before = await queue.getJob(jobId);
  const state = await before?.getState();
  // BullMQ passes over an id that it knows, also of a job that is over.
  if (before !== undefined && state !== 'completed' && state !== 'unknown') {
    if (!isDeepStrictEqual(before.data, data)) await before.updateData(data);
    if (state !== 'failed') return 'waiting';
    await before.retry('failed', { resetAttemptsMade: true });
    return 'retried';
  }
  // Its folder says that it is not done: somebody removed that.
  if (before !== undefined) await before.remove();
  const backoff = { type: 'exponential', delay: BACKOFF_MS };
  await queue.add('run', data, { jobId, attempts: TRIES, backoff, removeOnComplete: false, removeOnFail: false });
  return 'added';
}
