import { closeSync, type FSWatcher, openSync, readSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { readJsonLines, readLines } from './read-json.ts';
import { RunFolderError } from './run-folder.ts';
import { hasEnded, parseTraceLine, type TraceLine, transitionLine } from './trace-line.ts';

const NEWLINE = 0x0a;

/** Number of bytes read at a time. The buffer grows for a longer line. */
const CHUNK_BYTES = 1 << 20;

/** How often to look for new lines if the system reports no changes, as on a network disk. */
const FALLBACK_MS = 1000;

/**
 * Reads a trace one chunk at a time, and continues where it stopped after the trace has grown. A run that goes back to
 * a checkpoint removes lines: the reader notices, and yields only what is new.
 */
export class TraceReader {
  readonly #path: string;
  /** Time of every line yielded: it tells after a rewind how much of the trace is still the same. */
  readonly #times: number[] = [];
  /** Number of lines read since the beginning of the file, and the byte after them. */
  #line = 0;
  #offset = 0;
  /** Bytes of the last line read. */
  #last: Buffer = Buffer.alloc(0);

  /** @throws RunFolderError if the file is missing */
  constructor(path: string) {
    checkTrace(path);
    this.#path = path;
  }

  /**
   * Yields the lines that were not there at the last call. It leaves a last line without a newline for the next call: a
   * run may be writing it, or have died while writing it.
   *
   * @throws RunFolderError if a line is damaged
   */
  *read(): Generator<TraceLine> {
    const file = openSync(this.#path, 'r');
    try {
      if (this.#wasRewound(file)) this.#line = this.#offset = 0;
      let buffer = Buffer.alloc(CHUNK_BYTES);
      for (;;) {
        const length = readSync(file, buffer, 0, buffer.length, this.#offset);
        const chunk = buffer.subarray(0, length);
        if (!chunk.includes(NEWLINE)) {
          if (length < buffer.length) return;
          buffer = Buffer.alloc(2 * buffer.length);
          continue;
        }
        for (
          let start = 0, end = chunk.indexOf(NEWLINE);
          end !== -1;
          start = end, end = chunk.indexOf(NEWLINE, start)
        ) {
          end++;
          const line = this.#take(chunk.subarray(start, end));
          if (line !== null) yield line;
        }
      }
    } finally {
      closeSync(file);
    }
  }

  /** Parses a line; null if it was yielded before. */
  #take(bytes: Buffer): TraceLine | null {
    const line = parseTraceLine(bytes.toString(), this.#line + 1, this.#path);
    const known = this.#times[this.#line] === line.t;
    if (!known) {
      this.#times.length = this.#line;
      this.#times.push(line.t);
    }
    this.#line++;
    this.#offset += bytes.length;
    this.#last = Buffer.from(bytes);
    return known ? null : line;
  }

  /** Whether the last line read is no longer at its place. Its time distinguishes it from every other line. */
  #wasRewound(file: number): boolean {
    const now = Buffer.alloc(this.#last.length);
    readSync(file, now, 0, now.length, this.#offset - now.length);
    return !now.equals(this.#last);
  }
}

/**
 * Yields the lines of a trace from its beginning, and then as a live run writes them, until the run is done, failed or
 * paused. Lines that were removed and written again come again.
 *
 * @throws RunFolderError if the trace is missing, or a line is damaged
 */
export async function* followTrace(path: string): AsyncGenerator<TraceLine> {
  const reader = new TraceReader(path);
  let wake = (): void => undefined;
  const watcher = watchFile(path, () => wake());
  const timer = setInterval(() => wake(), FALLBACK_MS);
  try {
    let state: string | null = null;
    for (;;) {
      // The promise is made before reading, so that a change during the reading is not missed.
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      for (const line of reader.read()) {
        if (line.event === 'transition') state = line.to;
        yield line;
      }
      if (hasEnded(state)) return;
      await woken;
    }
  } finally {
    clearInterval(timer);
    watcher?.close();
  }
}

/** Watches a file; null if the system cannot, and then the timer is enough. */
function watchFile(path: string, onChange: () => void): FSWatcher | null {
  try {
    return watch(path, onChange).on('error', () => undefined);
  } catch {
    return null;
  }
}

/**
 * Yields the lines of a trace as text, and returns what follows the last newline.
 *
 * @throws RunFolderError if the file is missing
 */
export function readTraceText(path: string): Generator<string, string> {
  checkTrace(path);
  return readLines(path);
}

/** Whether a trace shows that the coordinator entered a state; false if there is no trace. Damaged lines are skipped. */
export function hasEntered(path: string, state: string): boolean {
  let entered = false;
  readJsonLines(
    path,
    (value) => {
      const line = transitionLine.safeParse(value);
      entered ||= line.success && line.data.to === state;
      return true;
    },
    (text) => !entered && text.includes(state),
  );
  return entered;
}

function checkTrace(path: string): void {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (!kind?.isFile()) throw new RunFolderError(`${dirname(path)} holds no trace: there is no file ${path}`);
}
