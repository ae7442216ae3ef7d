import { workerData } from 'piscina';
import type { PoolData } from './make-mini-batch.ts';
import { createTaskRunner } from './tasks.ts';

/** Entry point of a worker thread. Each thread has one runner, and so one connection to the supernet. */
export default createTaskRunner(workerData as PoolData);
