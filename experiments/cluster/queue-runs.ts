import { basename, dirname, resolve } from 'node:path';
import type { JobEnd, JobTools } from '../../src/command/job-program.ts';
import { orderByLength } from '../many-runs/order-by-length.ts';
import type { PlannedRuns, RecordedExperiment } from '../many-runs/planned-runs.ts';
import { readRun } from '../many-runs/read-runs.ts';
import { addJobs } from './add-jobs.ts';
import { readAddress } from './address.ts';
import { follow } from './follow.ts';
import { checkTableName, digestPlan } from './job-data.ts';
import { runNameOf } from './open-table.ts';
import { countWorkers, openQueues, type Queues, queueNameOf, type RunQueue } from './queues.ts';

/** How an experiment is put into a queue. */
export interface QueueFlags {
  /** Fingerprint of the engines that are to make the runs. @default that of this machine's */
  readonly fingerprint?: string;
  /** Whether Redis on another machine may be spoken to without encryption. */
  readonly insecure: boolean;
}

/**
 * Opens the queues that the environment names, before anything else is done.
 *
 * @param path folder of the experiment
 * @throws QueueError if they cannot be used, or jobs cannot name the folder
 */
export async function openNamedQueues(path: string, { insecure }: QueueFlags): Promise<Queues> {
  checkTableName(basename(resolve(path)));
  return await openQueues(readAddress(process.env, insecure));
}

/** Adds the runs of an experiment to a queue, the longest first, and follows them to their end. */
export async function queueRuns<Plan extends object, Task extends object, Run extends object>(
  queues: Queues,
  { readPlan, runsOf }: RecordedExperiment<Plan, Task, Run>,
  plan: Plan,
  path: string,
  { fingerprint }: QueueFlags,
  tools: JobTools,
): Promise<JobEnd | null> {
  const { display, tell } = tools;
  // As the workers read it.
  const recorded = readPlan(JSON.parse(JSON.stringify(plan)));
  const runs = runsOf(recorded);
  const queueName = await queueNameOf(runs.engine, fingerprint);
  const queue = queues.open(queueName);
  const jobs = await listJobs(runs, path, digestPlan(recorded), tools);
  const counts = await addJobs(queue, jobs);
  const workers = await countWorkers(queue);
  const others = workers === 0 ? await describeOthers(queues, queueName) : '';
  tell({ event: 'queued', queue: queueName, runs: jobs.length, ...counts, workers }, () => {
    const { added, retried, waiting } = counts;
    const store = dirname(resolve(path));
    display.line(
      `queue      ${queueName}: ${added} of ${jobs.length} runs added, ${retried} tried again, ${waiting} there before; ` +
        `${workers ?? 'an unknown number of'} workers${workers === 0 ? `: start them with --store ${store}${others}` : ''}`,
    );
  });
  return await follow({ queues, queue, jobs, runs, path }, tools);
}

/** Lists the jobs of all runs, the longest first: one that begins last has all others wait for it. */
async function listJobs<Task extends object, Run extends object>(
  runs: PlannedRuns<Task, Run>,
  path: string,
  planDigest: string,
  { data }: JobTools,
) {
  const { works } = runs.estimate(data.test.count, {}, { engine: 'cpu', backend: 'native', threads: 1 });
  const table = basename(resolve(path));
  return await Promise.all(
    orderByLength(works).map(async (index) => {
      const task = runs.tasks[index] as Task;
      const run = runNameOf(runs.folderOf(task));
      const done = (await readRun(runs, task, path, data)) !== null;
      return { index, done, data: { table, run, planDigest, dataDigest: data.digest } };
    }),
  );
}

/** Says which queues have workers, if this one has none: their engines compute other bits, or their version is another. */
async function describeOthers(queues: Queues, name: string): Promise<string> {
  const found: string[] = [];
  for (const other of await queues.list()) {
    if (other === name) continue;
    const workers = await countWorkers(queues.open(other) satisfies RunQueue);
    if (workers !== null && workers > 0) found.push(`${other} has ${workers}`);
  }
  return found.length === 0 ? '' : `; ${found.join(', ')} (--fingerprint chooses)`;
}
