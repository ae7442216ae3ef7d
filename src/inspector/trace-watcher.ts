import { hasEnded } from '../record/trace-line.ts';
import type { TraceIndex } from './trace-index.ts';

/** Number of bytes indexed before requests are answered: some milliseconds of work. */
const SLICE_BYTES = 1 << 21;

/** How often to check whether the trace has grown. */
const POLL_MS = 300;

/** Least time between two calls of the listeners while there is more to read. */
const TELL_MS = 250;

/** Status of the trace as a whole. */
export type TraceStatus = TraceIndex['extent'] & {
  /** Whether the whole file is indexed. */
  readonly complete: boolean;
  /** Whether the run writes no more, unless it is resumed. */
  readonly ended: boolean;
  /** Whether the trace is checked again and again. */
  readonly follows: boolean;
};

/** Keeps an index up to date in small slices of time, and calls its listeners when the status changes. */
export class TraceWatcher {
  readonly #index: TraceIndex;
  readonly #follows: boolean;
  readonly #listeners = new Set<() => void>();
  #complete = false;
  #told = '';
  #toldAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  /** @param follows whether to check the trace again and again; otherwise it is read once, to its end */
  constructor(index: TraceIndex, follows: boolean) {
    this.#index = index;
    this.#follows = follows;
    this.#advance();
  }

  get status(): TraceStatus {
    const { extent } = this.#index;
    return { ...extent, complete: this.#complete, ended: hasEnded(extent.state), follows: this.#follows };
  }

  /**
   * @param listener called after every change of the status
   * @returns a function that removes the listener
   */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the whole file is indexed; at once if it is. */
  async whenComplete(): Promise<void> {
    if (this.#complete) return;
    await new Promise<void>((resolve) => {
      const unsubscribe = this.subscribe(() => {
        if (!this.#complete) return;
        unsubscribe();
        resolve();
      });
    });
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  readonly #advance = (): void => {
    if (this.#closed) return;
    this.#complete = !this.#index.advance(SLICE_BYTES);
    if (this.#complete || performance.now() - this.#toldAt > TELL_MS) this.#tell();
    if (!this.#complete) setImmediate(this.#advance);
    else if (this.#follows) this.#timer = setTimeout(this.#advance, POLL_MS);
  };

  #tell(): void {
    const status = JSON.stringify(this.status);
    if (status === this.#told) return;
    this.#told = status;
    this.#toldAt = performance.now();
    for (const listener of this.#listeners) listener();
  }
}
