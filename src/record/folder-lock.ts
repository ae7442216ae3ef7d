import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FolderInUseError, RunFolderError } from './run-folder-error.ts';
import { BEAT_MS, type HeldLock, isUnchanged, type Lock, takeLock } from './run-lock.ts';

/** Milliseconds between two looks at a lock of another machine, and those without a sign of life that mean death. */
export const LOOK_MS = 5000;
export const DEATH_MS = 9 * BEAT_MS;
const LOOKS = DEATH_MS / LOOK_MS;

/** Paths of a folder and of its lock. */
export interface LockableFolder {
  readonly path: string;
  /** Path of the lock file, without a number. */
  readonly lock: string;
}

/** Lock of this process on a folder. */
export interface FolderLock {
  /** N: every later holder has a higher one. */
  readonly incarnation: number;
  /** @throws RunFolderError if the folder is gone, or another process has taken the lock over */
  check(): void;
  unlock(): void;
}

/** Surroundings of a process that waits for a lock. */
export interface LockWait {
  /** Number that the lock must exceed. @default 0 */
  readonly above?: number;
  /** Hears that it takes time, in one sentence. */
  readonly tell?: (message: string) => void;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Waits between two looks. @default `LOOK_MS` */
  readonly pause?: (signal: AbortSignal | undefined) => Promise<unknown>;
}

/**
 * Locks a folder against other processes.
 *
 * @param above number that the lock must exceed. @default 0
 * @throws FolderInUseError if another process works, or may work, on the folder
 */
export function lockFolder(folder: LockableFolder, above = 0): FolderLock {
  const taken = takeLock(folder.lock, { above });
  if ('heldBy' in taken) throw inUse(folder, taken);
  return guard(folder, taken);
}

/**
 * Does what `lockFolder` does, and takes over the lock of a dead process of another machine. It is dead if its lock shows
 * no sign of life for three minutes. No clocks are compared.
 *
 * @throws the signal's reason if it is aborted
 */
export async function awaitFolder(
  folder: LockableFolder,
  { above = 0, tell, signal, pause = (ends) => sleep(LOOK_MS, null, ends ? { signal: ends } : {}) }: LockWait,
): Promise<FolderLock> {
  let dead: HeldLock | undefined;
  for (;;) {
    const taken = takeLock(folder.lock, { above, dead });
    if (!('heldBy' in taken)) return guard(folder, taken);
    // An older version shows no signs of life.
    if (taken.lives || taken.number === 0) throw inUse(folder, taken);
    tell?.(`${folder.path} was in use by ${taken.heldBy}: waiting up to 3 minutes for a sign of its life`);
    for (let look = 0; look < LOOKS; look++) {
      await pause(signal).catch((error: unknown) => {
        throw signal?.aborted ? signal.reason : error;
      });
      if (!isUnchanged(folder.lock, taken)) break;
      if (look === LOOKS - 1) dead = taken;
    }
    if (dead === taken) continue;
    const now = takeLock(folder.lock, { above });
    if (!('heldBy' in now)) return guard(folder, now); // it was given back
    throw inUse(folder, now);
  }
}

function guard(folder: LockableFolder, lock: Lock): FolderLock {
  return {
    incarnation: lock.number,
    check() {
      if (lock.isHeld()) return;
      const rest = 'while this process worked in it: nothing more is written there';
      if (!existsSync(folder.path)) throw new RunFolderError(`${folder.path} was removed ${rest}`);
      throw new FolderInUseError(`${folder.path} was taken over by another process, or its lock was removed ${rest}`);
    },
    unlock: () => lock.release(),
  };
}

function inUse({ path }: LockableFolder, { heldBy, file }: HeldLock): FolderInUseError {
  return new FolderInUseError(`${path} is in use by ${heldBy}; remove ${file} if this is wrong`);
}
