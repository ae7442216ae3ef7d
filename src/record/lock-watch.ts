import { DEATH_MS } from './folder-lock.ts';
import type { HeldLock } from './run-lock.ts';

/** What is known of the holder of a lock. `silent`: it has shown no sign of life yet, but may. */
export type HolderFate = 'lives' | 'silent' | 'dead';

/** Last contents of a lock, and when they were first seen. */
interface Sight {
  readonly contents: string;
  readonly since: number;
  /** Whether they follow others of the same holder. */
  readonly moved: boolean;
}

/**
 * Watches the locks of other machines: a holder is dead once its lock stood still for three minutes of this process's own
 * clock. No clocks are compared.
 */
export class LockWatch {
  readonly #sights = new Map<string, Sight>();
  readonly #now: () => number;

  /** @param now a clock in milliseconds that never goes back. @default that of the process */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Judges the holder by this look at its lock and by those before. */
  judge({ file, contents, lives, number }: HeldLock): HolderFate {
    if (lives) return 'lives';
    const before = this.#sights.get(file);
    const now = this.#now();
    if (before === undefined || before.contents !== contents) {
      this.#sights.set(file, { contents, since: now, moved: before !== undefined });
      return before === undefined ? 'silent' : 'lives';
    }
    // An older version shows no signs of life.
    if (number > 0 && now - before.since >= DEATH_MS) return 'dead';
    return before.moved ? 'lives' : 'silent';
  }
}
