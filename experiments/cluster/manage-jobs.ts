import type { Job } from 'bullmq';
import { inTime } from './connection.ts';
import type { JobData, JobResult } from './job-data.ts';
import { QueueError } from './queue-error.ts';
import { countWorkers, type Queues } from './queues.ts';

/** States in which jobs are listed; those that are done are only counted. */
const STATES = ['active', 'waiting', 'delayed', 'failed'] as const;

/** A queue, and the jobs in it that are not done. */
export interface ListedQueue {
  readonly queue: string;
  /** null if this account may not ask. */
  readonly workers: number | null;
  readonly paused: boolean;
  readonly done: number;
  readonly jobs: readonly ListedJob[];
}

export interface ListedJob {
  readonly job: string;
  readonly state: string;
  /** Last news of an active run, e.g. `search 3/60`. */
  readonly progress: string | null;
  /** Why it failed, now or in the last try. */
  readonly reason: string | null;
}

/** Lists all queues. */
export async function listQueues(queues: Queues): Promise<ListedQueue[]> {
  const listed: ListedQueue[] = [];
  for (const name of await queues.list()) {
    const queue = queues.open(name);
    const jobs: ListedJob[] = [];
    for (const state of STATES) {
      for (const job of await inTime(queue.getJobs([state], 0, -1, true))) {
        const { id = '', failedReason, progress } = job as Job<JobData, JobResult>;
        jobs.push({ job: id, state, progress: describeProgress(progress), reason: failedReason ?? null });
      }
    }
    const done = await inTime(queue.getCompletedCount());
    const paused = await inTime(queue.isPaused());
    listed.push({ queue: name, workers: await countWorkers(queue), paused, done, jobs });
  }
  return listed;
}

/**
 * Tries a run again that has failed or was cancelled.
 *
 * @param run `TABLE/RUN`, as it is listed or with slashes
 * @throws QueueError if there is none, or it has not failed
 */
export async function retryRun(queues: Queues, run: string): Promise<void> {
  const job = await findJob(queues, run);
  if (!(await inTime(job.isFailed()))) throw new QueueError(`${run} has not failed: it is ${await job.getState()}`);
  const { cancelled: _, ...data } = job.data;
  await inTime(job.updateData(data));
  await inTime(job.retry('failed', { resetAttemptsMade: true }));
}

/**
 * Cancels a run. One that is being made is paused by its worker within seconds, with a checkpoint.
 *
 * @returns whether it was being made
 * @throws QueueError if there is none, or it is over
 */
export async function cancelRun(queues: Queues, run: string): Promise<boolean> {
  const job = await findJob(queues, run);
  const state = await inTime(job.getState());
  if (state === 'completed' || state === 'failed') throw new QueueError(`${run} is over: it is ${state}`);
  await inTime(job.updateData({ ...job.data, cancelled: true }));
  if (state === 'active') return true;
  await inTime(job.remove());
  return false;
}

/** Holds back all runs that have not begun, or lets them begin again. */
export async function pauseQueues(queues: Queues, paused: boolean): Promise<number> {
  const names = await queues.list();
  for (const name of names) {
    const queue = queues.open(name);
    await inTime(paused ? queue.pause() : queue.resume());
  }
  return names.length;
}

async function findJob(queues: Queues, run: string): Promise<Job<JobData, JobResult>> {
  const id = run.replaceAll('/', '.');
  for (const name of await queues.list()) {
    const job = await inTime(queues.open(name).getJob(id));
    if (job !== undefined) return job as Job<JobData, JobResult>;
  }
  throw new QueueError(`there is no run ${run} in a queue`);
}

function describeProgress(progress: unknown): string | null {
  const { phase, epoch, epochs } = (progress ?? {}) as { readonly [fact in 'phase' | 'epoch' | 'epochs']?: unknown };
  return phase === undefined ? null : `${phase} ${epoch}/${epochs}`;
}
