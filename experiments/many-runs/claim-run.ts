import { dirname, join } from 'node:path';
import type { Owner } from '../../src/record/lock-owner.ts';
import type { LockWatch } from '../../src/record/lock-watch.ts';
import { FolderInUseError, makeFolder } from '../../src/record/run-folder.ts';
import { type HeldLock, readHolder, takeLock } from '../../src/record/run-lock.ts';

/** Folder of the claims, below that of the experiment. */
const CLAIMS = 'claims';

/** Right of this process to make a run. A run folder has a lock of its own beside it, which keeps a loser from writing. */
export interface Claim {
  /** Process that had claimed the run before, and may not know that it has lost it; null if there is none. */
  readonly displaced: Owner | null;
  /** @throws FolderInUseError if another process has taken the run over */
  check(): void;
  release(): void;
}

/** A run that another process has claimed. */
export interface HeldRun {
  readonly held: HeldLock;
  /** Whether its holder has shown no sign of life yet. */
  readonly silent: boolean;
}

/** A run that is to be claimed. */
export interface ClaimedRun {
  /** Folder of the experiment. */
  readonly path: string;
  /** Folder of the run, below that of the experiment. */
  readonly folder: string;
  /** Watches holders on other machines. */
  readonly watch: LockWatch;
  /** Job of a queue that this process makes the run for: the queue has taken it from every other process. @default none */
  readonly job?: string | undefined;
}

/**
 * Claims a run, unless a live process has claimed it. It is taken over from a process of this machine that is dead, from
 * one of another machine that shows no sign of life, and from one that made the run for the same job of a queue.
 */
export function claimRun({ path, folder, watch, job }: ClaimedRun): Claim | HeldRun {
  const lock = claimFile(path, folder);
  makeFolder(dirname(lock));
  const held = readHolder(lock);
  const fate = held === null ? 'free' : held.work !== null && held.work === job ? 'dead' : watch.judge(held);
  const dead = held !== null && fate === 'dead' ? held : undefined;
  const taken = takeLock(lock, { dead, work: job });
  if ('heldBy' in taken) return { held: taken, silent: fate === 'silent' };
  const release = (): void => {
    process.off('exit', release);
    taken.release();
  };
  process.once('exit', release);
  return {
    displaced: dead?.owner ?? null,
    check() {
      if (taken.isHeld()) return;
      throw new FolderInUseError(`${join(path, folder)} was taken over by another process: it goes on there`);
    },
    release,
  };
}

function claimFile(path: string, folder: string): string {
  return join(path, CLAIMS, `${folder}.lock`);
}
