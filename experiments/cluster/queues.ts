import type { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { packageVersion } from '../../src/command/program.ts';
import { fingerprintEngine } from '../../src/engine/fingerprint.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import type { RedisAddress } from './address.ts';
import { connectionOptions, inTime, loadPackages, tryConnection } from './connection.ts';
import type { JobData, JobResult } from './job-data.ts';

/** Begin of the names of all queues. */
const PREFIX = 'lesslocal-';

export type RunQueue = Queue<JobData, JobResult>;

/**
 * Name of the queue of an engine: workers of one version whose engines compute the same bits share it, so that a run goes
 * on to the same end on each.
 *
 * @param fingerprint of the engine. @default that of this machine's
 */
export async function queueNameOf(engine: SearchOptions['engine'] = 'auto', fingerprint?: string): Promise<string> {
  return `${PREFIX}${packageVersion()}-${fingerprint ?? (await fingerprintEngine({ engine, threads: 1 }))}`;
}

/** Queues on a Redis. */
export interface Queues {
  /** Opens a queue by its name. It is closed with all. */
  open(name: string): RunQueue;
  /** Opens the events of a queue, from now on. They are closed with all. */
  openEvents(name: string): Promise<QueueEvents>;
  /** Names of the queues that there are. */
  list(): Promise<string[]>;
  close(): Promise<void>;
}

/**
 * Opens the queues on a Redis.
 *
 * @throws QueueError if it cannot be used
 */
export async function openQueues(address: RedisAddress): Promise<Queues> {
  const { bullmq, Redis } = await loadPackages();
  await tryConnection(address);
  const redis = new Redis(connectionOptions(address));
  redis.on('error', () => undefined); // it connects again; answers are waited for in time
  const opened: (RunQueue | QueueEvents)[] = [];
  return {
    open(name) {
      const queue: RunQueue = new bullmq.Queue(name, { connection: redis });
      queue.on('error', () => undefined);
      opened.push(queue);
      return queue;
    },
    async openEvents(name) {
      // By Redis's own clock. By default events are lost that come before it listens for the first time.
      const [seconds, microseconds] = await inTime(redis.time());
      const lastEventId = `${Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)}-0`;
      const events = new bullmq.QueueEvents(name, { connection: { ...connectionOptions(address) }, lastEventId });
      events.on('error', () => undefined);
      opened.push(events);
      return events;
    },
    list: () => inTime(listQueues(redis)),
    async close() {
      // What does not close in time is away, and needs no farewell.
      await Promise.allSettled(opened.map((one) => inTime(one.close(), 1000)));
      redis.disconnect();
    },
  };
}

/** Lists the queues by what BullMQ keeps of each. */
async function listQueues(redis: Redis): Promise<string[]> {
  const names = new Set<string>();
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `bull:${PREFIX}*:meta`, 'COUNT', 1000);
    for (const key of keys) names.add(key.slice('bull:'.length, -':meta'.length));
    cursor = next;
  } while (cursor !== '0');
  return [...names].toSorted();
}

/** Number of workers of a queue; null if this account may not ask. */
export async function countWorkers(queue: RunQueue): Promise<number | null> {
  return await inTime(queue.getWorkersCount()).catch(() => null);
}
