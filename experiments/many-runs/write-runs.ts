import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeLock } from '../../src/record/run-lock.ts';

/** Tries to lock the files of an experiment, and milliseconds between two of them: who holds them writes them in far less. */
const TRIES = 40;
const BETWEEN_MS = 50;

/**
 * Does work on the files of an experiment, which no other process then does.
 *
 * @param path folder of the experiment
 * @returns whether it was done. It is not if another process keeps the files, which then needs them itself
 */
export async function withTableLock(path: string, work: () => Promise<void> | void): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await sleep(BETWEEN_MS);
    const lock = takeLock(join(path, 'table.lock'));
    if ('heldBy' in lock) continue;
    try {
      await work();
      return true;
    } finally {
      lock.release();
    }
  }
  return false;
}
