import { workerData } from 'piscina';
import type { PoolData } from './make-mini-batch.ts';
import { createTaskRunner } from './tasks.ts';

/** Entry point of a worker thread: one runner, and so one connection to the supernet, a thread. */
export default createTaskRunner(workerData as PoolData);
