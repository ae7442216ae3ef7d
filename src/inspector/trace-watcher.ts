import type { TraceIndex } from './trace-index.ts';

/** Bytes indexed before others have their turn: some milliseconds. */
const SLICE_BYTES = 1 << 21;

/** How often to look whether the trace has grown. */
const POLL_MS = 300;

/** While there is more to read, the listeners are told no more often than this. */
const TELL_MS = 250;

/** States in which a run writes no more, unless it is resumed. */
const ENDED: readonly (string | null)[] = ['done', 'failed', 'paused'];

/** What a page shows of the trace as a whole. */
export type TraceStatus = TraceIndex['extent'] & {
  /** Whether all that stands in the file is indexed. */
  readonly complete: boolean;
  /** Whether the run writes no more. */
  readonly ended: boolean;
  /** Whether the trace is looked at again and again. */
  readonly follows: boolean;
};

/** Keeps an index up to date beside whatever else the process does, and tells its listeners what is new. */
export class TraceWatcher {
  readonly #index: TraceIndex;
  readonly #follows: boolean;
  readonly #listeners = new Set<() => void>();
  #complete = false;
  #told = '';
  #toldAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  /** @param follows whether to look again and again; else the trace is read once, to its end */
  constructor(index: TraceIndex, follows: boolean) {
    this.#index = index;
    this.#follows = follows;
    this.#advance();
  }

  get status(): TraceStatus {
    const { extent } = this.#index;
    return { ...extent, complete: this.#complete, ended: ENDED.includes(extent.state), follows: this.#follows };
  }

  /**
   * @param listener called after every change of the status
   * @returns ends that
   */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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
