import { setTimeout as sleep } from 'node:timers/promises';
import { LOOK_MS } from '../../src/record/folder-lock.ts';
import { LockWatch } from '../../src/record/lock-watch.ts';
import { type Claim, claimRun } from './claim-run.ts';

/** A run that this process is to make. */
export interface TakenRun {
  /** Place among the tasks. */
  readonly index: number;
  readonly claim: Claim;
}

/** Runs that processes share, and how this one takes part. */
export interface SharedRuns {
  /** Folder of the experiment. */
  readonly path: string;
  /** Folders of the runs, below that of the experiment. */
  readonly folders: readonly string[];
  /** Places of the runs in the order in which they are taken. */
  readonly order: readonly number[];
  /** Whether to stay until all runs are done, also those that other processes make. */
  readonly wait: boolean;
  /** Looks whether a run is done. */
  isDone(index: number): Promise<boolean>;
  /** @default one that uses the clock of this process */
  readonly watch?: LockWatch;
  /** Waits between two looks at runs that others hold. @default five seconds */
  readonly pause?: (signal: AbortSignal) => Promise<unknown>;
}

/** Hands out the runs that are neither done nor held by other processes. */
export class RunTaker {
  readonly #shared: SharedRuns;
  readonly #watch: LockWatch;
  readonly #pause: NonNullable<SharedRuns['pause']>;
  /** Runs that are done, or have failed here. */
  readonly #over = new Set<number>();
  /** Runs that this process is looking at, or making. */
  readonly #here = new Set<number>();
  /** Runs that processes without a claim were found in. */
  readonly #inUse = new Set<number>();
  #held = 0;

  constructor(shared: SharedRuns) {
    this.#shared = shared;
    this.#watch = shared.watch ?? new LockWatch();
    this.#pause = shared.pause ?? ((signal) => sleep(LOOK_MS, null, { signal }).catch(() => undefined));
  }

  /** Number of runs that other processes held when they were last looked at. */
  get held(): number {
    return this.#held;
  }

  /**
   * Claims the next run. If others hold all that are left, it waits for those that may be dead, or for all if that was
   * asked for.
   *
   * @returns null once there is none for this process, or the signal aborts
   */
  async next(signal: AbortSignal): Promise<TakenRun | null> {
    while (!signal.aborted) {
      const looked = await this.#look();
      if ('index' in looked) return looked;
      this.#held = looked.held;
      if (looked.silent === 0 && !(this.#shared.wait && looked.held > 0)) return null;
      await this.#pause(signal);
      this.#inUse.clear();
    }
    return null;
  }

  /** Gives a run back that is done or has failed, was paused, or was found to be in use. */
  giveBack({ index, claim }: TakenRun, how: 'over' | 'paused' | 'inUse'): void {
    claim.release();
    this.#here.delete(index);
    if (how === 'over') this.#over.add(index);
    if (how === 'inUse') this.#inUse.add(index);
  }

  async #look(): Promise<TakenRun | { readonly held: number; readonly silent: number }> {
    const { path, folders, order, isDone } = this.#shared;
    let [held, silent] = [0, 0];
    for (const index of order) {
      if (this.#over.has(index) || this.#here.has(index)) continue;
      if (this.#inUse.has(index)) {
        held++;
        continue;
      }
      this.#here.add(index);
      let taken = false;
      try {
        if (await isDone(index)) {
          this.#over.add(index);
          continue;
        }
        const claim = claimRun({ path, folder: folders[index] as string, watch: this.#watch });
        if ('check' in claim) {
          taken = true;
          return { index, claim };
        }
        held++;
        if (claim.silent) silent++;
      } finally {
        if (!taken) this.#here.delete(index);
      }
    }
    return { held, silent };
  }
}
