import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type DecisionLine, readTraceLine, STEP_KINDS, type StepKind } from '../record/trace-line.ts';
import { GrowingArray } from './growing-array.ts';
import { LineScanner } from './line-scanner.ts';
import { isAcceptedCode, maskOfFilter, NO_CODE, type ProposalFilter } from './proposal-code.ts';

const NEWLINE = 0x0a;

/** Number of bytes read at a time while indexing. The buffer grows for a longer line. */
const CHUNK_BYTES = 1 << 20;

/** Number of bytes read for one decision. A longer line is read again with more. */
const LINE_BYTES = 1 << 12;

/** Filter of decisions. A part that is missing fits all. */
export interface DecisionFilter extends ProposalFilter {
  readonly kind?: StepKind;
  /** true: a proposal that fits the other parts was accepted; false: all such proposals were rejected. */
  readonly accepted?: boolean;
}

/**
 * Index of a trace: the place of every decision in the file, and what decisions are filtered by, in some twenty bytes
 * each. The lines stay in the file until they are looked at. The index reads the file once, one chunk at a time. It
 * continues where it stopped when the trace has grown, and begins again when the run went back to a checkpoint.
 */
export class TraceIndex {
  readonly #path: string;
  readonly #scanner = new LineScanner();
  #buffer: Buffer<ArrayBuffer> = Buffer.alloc(CHUNK_BYTES);
  /** Offset of each decision's line, index of its kind, whether it accepted (0 or 1), and offset of its codes. */
  readonly #offsets = new GrowingArray(Float64Array);
  readonly #kinds = new GrowingArray(Uint8Array);
  readonly #accepted = new GrowingArray(Uint8Array);
  readonly #firstCodes = new GrowingArray(Uint32Array);
  readonly #codes = new GrowingArray(Uint16Array);
  /** Time of each transition, in milliseconds since 1970, which never goes back; and indices of the states that it leads from and to. */
  readonly times = new GrowingArray(Float64Array);
  readonly from = new GrowingArray(Uint8Array);
  readonly to = new GrowingArray(Uint8Array);
  #generation = 0;
  #bytes = 0;
  #size = 0;
  #lines = 0;
  #damaged = 0;
  #first: number | null = null;
  #last: number | null = null;
  /** Bytes of the last line indexed, with its newline. */
  #lastLine: Buffer = Buffer.alloc(0);

  /** @param path path of the trace, which may not exist yet */
  constructor(path: string) {
    this.#path = path;
  }

  get decisions(): number {
    return this.#offsets.length;
  }

  /** Number of times that the trace went back and the index began again. */
  get generation(): number {
    return this.#generation;
  }

  /** Names of the states, by index. */
  get states(): readonly string[] {
    return this.#scanner.states;
  }

  /** Summary of what the index has read. */
  get extent() {
    return {
      generation: this.#generation,
      decisions: this.decisions,
      lines: this.#lines,
      /** Number of lines that are no lines of a trace. */
      damaged: this.#damaged,
      bytes: this.#bytes,
      size: this.#size,
      /** Time of the first line and the latest time, in milliseconds since 1970; null in an empty trace. */
      first: this.#first,
      last: this.#last,
      /** State entered last; null before the first transition. */
      state: this.to.length === 0 ? null : this.#nameOf(this.to.at(this.to.length - 1)),
    };
  }

  /** Yields the transitions by the names of their states, in order. */
  *transitions(): Generator<{ readonly from: string; readonly to: string }> {
    for (let i = 0; i < this.times.length; i++) {
      yield { from: this.#nameOf(this.from.at(i)), to: this.#nameOf(this.to.at(i)) };
    }
  }

  /**
   * Reads on. It leaves a last line without a newline for the next call: a run may be writing it, or have died while
   * writing it.
   *
   * @param bytes number of bytes after which to stop, rounded up to chunks. @default all
   * @returns whether there is more to read now
   */
  advance(bytes = Infinity): boolean {
    const file = this.#open();
    if (file === null) {
      if (this.#bytes > 0) this.#begin();
      return false;
    }
    try {
      this.#size = fstatSync(file).size;
      if (!this.#isUnchanged(file)) this.#begin();
      const goal = this.#bytes + bytes;
      do {
        if (!this.#readChunk(file)) return false;
      } while (this.#bytes < goal);
      return this.#bytes < this.#size;
    } finally {
      closeSync(file);
    }
  }

  /**
   * Reads decisions from the file, by their indices. A decision is null if its line is gone, as when the run has just
   * gone back.
   */
  read(indices: readonly number[]): (DecisionLine | null)[] {
    const file = this.#open();
    if (file === null) return indices.map(() => null);
    try {
      let buffer = Buffer.alloc(LINE_BYTES);
      return indices.map((index) => {
        if (!(index >= 0 && index < this.decisions)) return null;
        for (;;) {
          const length = readSync(file, buffer, 0, buffer.length, this.#offsets.at(index));
          const end = buffer.subarray(0, length).indexOf(NEWLINE);
          if (end >= 0) return parseDecision(buffer.toString('utf8', 0, end));
          if (length < buffer.length) return null;
          buffer = Buffer.alloc(2 * buffer.length);
        }
      });
    } finally {
      closeSync(file);
    }
  }

  /** Returns a function that tells whether the decision with an index fits a filter. */
  matcher(filter: DecisionFilter): (index: number) => boolean {
    const { mask, wanted } = maskOfFilter(filter);
    const kind = filter.kind === undefined ? -1 : STEP_KINDS.indexOf(filter.kind);
    const { accepted } = filter;
    return (index) => {
      if (kind >= 0 && this.#kinds.at(index) !== kind) return false;
      if (mask === 0 && accepted !== false) return accepted === undefined || this.#accepted.at(index) === 1;
      const last = index + 1 < this.decisions ? this.#firstCodes.at(index + 1) : this.#codes.length;
      let [fits, taken] = [false, false];
      for (let i = this.#firstCodes.at(index); i < last; i++) {
        const code = this.#codes.at(i);
        if ((code & mask) !== wanted || code === NO_CODE) continue;
        fits = true;
        taken ||= isAcceptedCode(code);
      }
      return fits && (accepted === undefined || accepted === taken);
    };
  }

  #nameOf(state: number): string {
    const name = this.states[state];
    if (name === undefined) throw new RangeError(`there is no state ${state}`);
    return name;
  }

  #open(): number | null {
    try {
      return openSync(this.#path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Whether the last line read is still at its place. Its time distinguishes it from every other line. */
  #isUnchanged(file: number): boolean {
    const now = Buffer.alloc(this.#lastLine.length);
    readSync(file, now, 0, now.length, this.#bytes - now.length);
    return now.equals(this.#lastLine);
  }

  #begin(): void {
    for (const array of [this.#offsets, this.#kinds, this.#accepted, this.#firstCodes, this.#codes]) array.clear();
    for (const array of [this.times, this.from, this.to]) array.clear();
    this.#generation++;
    this.#bytes = this.#lines = this.#damaged = 0;
    this.#first = this.#last = null;
    this.#lastLine = Buffer.alloc(0);
  }

  /** Indexes the whole lines of the next chunk; returns whether there were any. */
  #readChunk(file: number): boolean {
    const length = readSync(file, this.#buffer, 0, this.#buffer.length, this.#bytes);
    const end = this.#buffer.subarray(0, length).lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      if (length < this.#buffer.length) return false;
      this.#buffer = Buffer.alloc(2 * this.#buffer.length);
      return true;
    }
    let start = 0;
    for (let next = start; next < end; next = start) {
      start = this.#buffer.indexOf(NEWLINE, next) + 1;
      this.#addLine(next, start - 1);
      if (start === end) this.#lastLine = Buffer.from(this.#buffer.subarray(next, end));
    }
    this.#bytes += end;
    return true;
  }

  #addLine(start: number, end: number): void {
    this.#lines++;
    const scanner = this.#scanner;
    if (!scanner.scan(this.#buffer, start, end)) {
      const line = readTraceLine(this.#buffer.toString('utf8', start, end));
      if (line === null) {
        this.#damaged++;
        return;
      }
      scanner.read(line);
    }
    // A clock that was set back stands still until it has caught up.
    const time = Math.max(scanner.t, this.#last ?? scanner.t);
    this.#first ??= time;
    this.#last = time;
    if (scanner.event === 'transition') {
      this.times.push(time);
      this.from.push(scanner.from);
      this.to.push(scanner.to);
    } else if (scanner.event === 'decision') {
      this.#offsets.push(this.#bytes + start);
      this.#kinds.push(scanner.kind);
      this.#accepted.push(Number(scanner.accepted));
      this.#firstCodes.push(this.#codes.length);
      for (const code of scanner.codes) this.#codes.push(code);
    }
  }
}

function parseDecision(text: string): DecisionLine | null {
  const line = readTraceLine(text);
  return line?.event === 'decision' ? line : null;
}
