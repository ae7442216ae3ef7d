import { setImmediate as turn } from 'node:timers/promises';
import { eachOverview, restAfterLook } from '../record/list-runs.ts';
import type { RunOverview } from '../record/run-overview.ts';

/** Runs that are read before requests are answered. */
const SLICE = 20;

/** Keeps the list of the runs below a folder while somebody listens, in small slices of time. */
export class RunsWatcher {
  readonly #folder: string;
  readonly #listeners = new Set<() => void>();
  #runs: readonly RunOverview[] = [];
  #told = '';
  #looking: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The runs as they were at the last look. */
  get runs(): readonly RunOverview[] {
    return this.#runs;
  }

  /** Resolves when the runs have been looked at; while somebody listens they are up to date. */
  async whenListed(): Promise<void> {
    if (this.#told === '' || this.#listeners.size === 0) await this.#look();
  }

  /**
   * @param listener called after every change of the list
   * @returns a function that removes the listener
   */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#schedule(restAfterLook(0));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #schedule(milliseconds: number): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(async () => {
      const start = performance.now();
      await this.#look();
      this.#timer = null;
      if (this.#listeners.size > 0) this.#schedule(restAfterLook(performance.now() - start));
    }, milliseconds);
  }

  /** Looks once, even if several ask at a time. */
  async #look(): Promise<void> {
    this.#looking ??= this.#readAll().finally(() => {
      this.#looking = null;
    });
    await this.#looking;
  }

  async #readAll(): Promise<void> {
    const runs: RunOverview[] = [];
    for (const run of eachOverview(this.#folder)) {
      runs.push(run);
      if (runs.length % SLICE === 0) await turn();
    }
    const told = JSON.stringify(runs);
    if (told === this.#told) return;
    this.#told = told;
    this.#runs = runs;
    for (const listener of this.#listeners) listener();
  }
}
