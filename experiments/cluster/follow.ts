import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEnd, JobTools } from '../../src/command/job-program.ts';
import { finishRuns } from '../many-runs/finish-runs.ts';
import type { PlannedRuns } from '../many-runs/planned-runs.ts';
import { readRun } from '../many-runs/read-runs.ts';
import { withTableLock } from '../many-runs/write-runs.ts';
import type { QueuedRun } from './add-jobs.ts';
import { inTime } from './connection.ts';
import { jobIdOf } from './job-data.ts';
import type { Queues, RunQueue } from './queues.ts';
import { FOLDERS_MS } from './settings.ts';

/** Runs in a queue that are followed. */
export interface FollowedRuns<Task extends object, Run extends object> {
  readonly queues: Queues;
  readonly queue: RunQueue;
  /** Jobs, each with the place of its run among the tasks. */
  readonly jobs: readonly (QueuedRun & { readonly index: number })[];
  readonly runs: PlannedRuns<Task, Run>;
  /** Folder of the experiment. */
  readonly path: string;
}

/**
 * Follows runs in a queue until all are over, and writes the files of what is done. Folders say what is done; events only
 * tell when to look.
 *
 * @returns how it ended; at the signal the workers go on
 */
export async function follow<Task extends object, Run extends object>(
  { queues, queue, jobs, runs, path }: FollowedRuns<Task, Run>,
  tools: JobTools,
): Promise<JobEnd | null> {
  const { data, signal, display, tell } = tools;
  const events = await queues.openEvents(queue.name);
  let wake = (): void => undefined;
  for (const event of ['active', 'completed', 'failed'] as const) {
    events.on(event, ({ jobId }: { readonly jobId: string }) => {
      tell({ event: 'job', job: jobId, state: event }, () => undefined);
      wake();
    });
  }
  events.on('progress', ({ jobId, data }) => tell({ event: 'progress', job: jobId, data }, () => undefined));

  const done = new Map<number, Run>();
  const failed = new Map<number, string>();
  const listDone = (): Run[] => [...runs.tasks.keys()].flatMap((index) => done.get(index) ?? []);
  const look = async (): Promise<void> => {
    const before = done.size;
    for (const { index, data: job } of jobs) {
      if (done.has(index)) continue;
      const task = runs.tasks[index] as Task;
      const run = await readRun(runs, task, path, data).catch(() => null);
      if (run !== null) {
        done.set(index, run);
        failed.delete(index);
        tell({ event: 'run', ...run }, () => display.line(`${job.run}  ${runs.describeOutcome(run)}`));
      }
    }
    if (done.size > before) await withTableLock(path, () => runs.write(path, listDone()));
    display.whole(done.size, runs.tasks.length, ['runs']);
  };
  /** Asks the queue for runs that failed for good. */
  const ask = async (): Promise<void> => {
    for (const { index, data: job } of jobs) {
      if (done.has(index)) continue;
      failed.delete(index);
      const now = await queue.getJob(jobIdOf(job));
      if (now === undefined) failed.set(index, `${job.run} is no longer in the queue`);
      else if (await now.isFailed()) failed.set(index, `${job.run}: ${now.failedReason}`);
    }
  };

  for (;;) {
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await look();
    await inTime(ask()).catch(() => undefined); // Redis is away: the folders tell
    if (done.size + failed.size === runs.tasks.length) break;
    const over = new AbortController();
    const waited = sleep(FOLDERS_MS, null, { signal: AbortSignal.any([signal, over.signal]) });
    await Promise.race([woken, waited.catch(() => undefined)]);
    over.abort();
    if (signal.aborted) return { left: 'the workers go on with the runs' };
  }
  await look();
  return await finishRuns(runs, path, { done: listDone(), pause: null, held: 0, refused: [...failed.values()] }, tools);
}
