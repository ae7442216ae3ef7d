import type { Job } from 'bullmq';
import type { RetrainingEvent, SearchEvent } from '../../actors/index.ts';
import { FolderInUseError } from '../../src/record/run-folder.ts';
import type { Phase } from '../many-runs/work-left.ts';
import type { RedisAddress } from './address.ts';
import { connectionOptions, inTime, loadPackages } from './connection.ts';
import { type JobData, type JobResult, readJobData } from './job-data.ts';
import { makeJob, type Workshop } from './make-job.ts';
import type { QueueError } from './queue-error.ts';
import { openQueues } from './queues.ts';
import { CANCELLED_MS, LEAVE_MS, LOCK_MS, MAX_STALLED, STALLED_SHARE } from './settings.ts';

/** What a worker tells. */
export type WorkerEvent =
  | { readonly event: 'job'; readonly job: string; readonly state: 'begun' | 'done' | 'handed back' | 'left' }
  | { readonly event: 'job'; readonly job: string; readonly state: 'failed' | 'lost'; readonly reason: string }
  | { readonly event: 'queue'; readonly message: string };

/** A worker of a queue. */
export interface WorkOrder {
  readonly address: RedisAddress;
  readonly queueName: string;
  readonly workshop: Workshop;
  /** Milliseconds that the worker may be out of the queue's sight before it loses its run. @default 120,000 */
  readonly lockMs?: number;
  tell(event: WorkerEvent): void;
  /** Hears the events of the runs. */
  onEvent?(run: string, phase: Phase, event: SearchEvent | RetrainingEvent): void;
}

/** Names of errors that another try, or another machine, does not mend. */
const REFUSALS: readonly string[] = [
  'QueueError',
  'RunFolderError',
  'CheckpointError',
  'OptionsError',
  'GenotypeError',
];

/**
 * Makes runs of a queue, one at a time, until it is asked to leave. It then hands its run back with a checkpoint.
 *
 * @param signal asks it to leave
 * @returns whether Redis knows that it has left; if not, its connections still wait for Redis
 * @throws QueueError if Redis cannot be used at the start; later outages are waited for
 */
export async function work(order: WorkOrder, signal: AbortSignal): Promise<boolean> {
  const { address, queueName, workshop, lockMs = LOCK_MS, tell, onEvent } = order;
  const { bullmq } = await loadPackages();
  const queues = await openQueues(address);
  const queue = queues.open(queueName);

  const makeRun = async (job: Job<unknown, JobResult>, token: string, gone: AbortSignal): Promise<JobResult> => {
    const id = job.id ?? '';
    let data: JobData;
    try {
      data = readJobData(job.data);
    } catch (error) {
      throw new bullmq.UnrecoverableError((error as QueueError).message);
    }
    if (data.cancelled) throw new bullmq.UnrecoverableError('it was cancelled');
    tell({ event: 'job', job: id, state: 'begun' });
    const cancelled = new AbortController();
    const look = setInterval(async () => {
      const now = await queue.getJob(id).catch(() => undefined);
      if (now?.data.cancelled) cancelled.abort();
    }, CANCELLED_MS).unref();
    try {
      const end = await makeJob(workshop, {
        data,
        name: `${queueName}/${id}`,
        signal: AbortSignal.any([signal, cancelled.signal, gone]),
        onEvent(phase, event) {
          onEvent?.(data.run, phase, event);
          if (event.event !== 'epoch') return;
          const { epoch, epochs } = event;
          job.updateProgress({ phase, epoch, epochs }).catch(() => undefined); // news for a person, no more
        },
      });
      if (!('event' in end)) return end;
      if (cancelled.signal.aborted) throw new bullmq.UnrecoverableError('it was cancelled');
      if (!signal.aborted) throw new FolderInUseError('the queue has given the run to another worker');
    } catch (error) {
      const { name, message } = error as Error;
      if (error instanceof FolderInUseError) {
        if (gone.aborted) throw error;
        // A process outside the queue makes it, or another worker: look again later.
        await job.moveToDelayed(Date.now() + LEAVE_MS, token);
        tell({ event: 'job', job: id, state: 'left' });
        throw new bullmq.DelayedError();
      }
      throw REFUSALS.includes(name) ? new bullmq.UnrecoverableError(message) : error;
    } finally {
      clearInterval(look);
    }
    await inTime(job.moveToWait(token));
    tell({ event: 'job', job: id, state: 'handed back' });
    throw new bullmq.WaitingError();
  };

  let working: Promise<unknown> = Promise.resolve();
  // BullMQ gives the signal only to functions that take three arguments.
  const process = async (job: Job<unknown, JobResult>, token?: string, gone?: AbortSignal): Promise<JobResult> => {
    const made = makeRun(job, token ?? '', gone ?? new AbortController().signal);
    working = made.catch(() => undefined);
    return await made;
  };
  const worker = new bullmq.Worker<unknown, JobResult>(queueName, process, {
    connection: { ...connectionOptions(address) },
    concurrency: 1,
    lockDuration: lockMs,
    stalledInterval: lockMs * STALLED_SHARE,
    maxStalledCount: MAX_STALLED,
  });
  let message = '';
  worker.on('error', (error) => {
    if (error.message !== message) tell({ event: 'queue', message: error.message });
    ({ message } = error);
  });
  worker.on('ready', () => {
    message = '';
  });
  worker.on('completed', ({ id = '' }) => tell({ event: 'job', job: id, state: 'done' }));
  worker.on('failed', (job, { message: reason }) =>
    tell({ event: 'job', job: job?.id ?? '', state: 'failed', reason }),
  );
  worker.on('lockRenewalFailed', (ids) => {
    for (const job of ids) {
      tell({ event: 'job', job, state: 'lost', reason: 'the queue has given it to another worker' });
      worker.cancelJob(job);
    }
  });
  try {
    await aborted(signal);
    await worker.pause(true); // takes no other job
    await working;
    // While Redis is away nothing answers. The run is then given to another once this worker's lock is over.
    return await inTime(worker.close()).then(
      () => true,
      () => false,
    );
  } finally {
    await queues.close();
  }
}

/** Resolves once a signal is aborted. */
async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
