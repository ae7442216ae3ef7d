import { setTimeout as sleep } from 'node:timers/promises';
import type * as BullMq from 'bullmq';
import type { Redis } from 'ioredis';
import { describeAddress, type RedisAddress } from './address.ts';
import { QueueError } from './queue-error.ts';
import { ANSWER_MS, FIRST_ANSWER_MS } from './settings.ts';

/** The packages of the queue, which are optional. */
interface QueuePackages {
  readonly bullmq: typeof BullMq;
  readonly Redis: typeof Redis;
}

/**
 * Loads the packages of the queue.
 *
 * @param load loads them. @default by `import`
 * @throws QueueError if they are not installed
 */
export async function loadPackages(
  load: () => Promise<QueuePackages> = async () => ({
    bullmq: await import('bullmq'),
    Redis: (await import('ioredis')).Redis,
  }),
): Promise<QueuePackages> {
  try {
    return await load();
  } catch (cause) {
    throw new QueueError('a queue needs two packages more: npm install bullmq ioredis', { cause });
  }
}

/** Options of a connection that is kept. It comes back after an outage, however long. */
export function connectionOptions(address: RedisAddress): RedisAddress & { readonly maxRetriesPerRequest: null } {
  return { ...address, maxRetriesPerRequest: null };
}

/**
 * Connects once, and disconnects: a wrong password, or no server, would otherwise be tried again for ever.
 *
 * @throws QueueError that says what Redis, or the system, answered
 */
export async function tryConnection(address: RedisAddress): Promise<void> {
  const { Redis } = await loadPackages();
  const redis = new Redis({
    ...address,
    lazyConnect: true,
    connectTimeout: FIRST_ANSWER_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // The reason is in the event; `connect` only says that the connection was closed.
  let reason: Error | null = null;
  redis.on('error', (error: Error) => {
    reason ??= error;
  });
  const late = new AbortController();
  try {
    await Promise.race([
      redis.connect().then(() => redis.ping()),
      sleep(FIRST_ANSWER_MS, null, { signal: late.signal }).then(() => {
        throw new Error(`no answer within ${FIRST_ANSWER_MS / 1000} s`);
      }),
    ]);
  } catch (error) {
    const why = (reason ?? (error as Error)).message;
    throw new QueueError(`Redis at ${describeAddress(address)} cannot be used: ${why}`, { cause: error });
  } finally {
    late.abort();
    redis.disconnect();
  }
}

/**
 * Waits for an answer of Redis, which is waited for without end while there is no connection.
 *
 * @throws QueueError if there is none in time
 */
export async function inTime<T>(answer: Promise<T>, limitMs = ANSWER_MS): Promise<T> {
  const late = new AbortController();
  try {
    return await Promise.race([
      answer,
      sleep(limitMs, null, { signal: late.signal }).then(() => {
        throw new QueueError(`Redis has not answered for ${limitMs / 1000} s`);
      }),
    ]);
  } finally {
    late.abort();
  }
}
