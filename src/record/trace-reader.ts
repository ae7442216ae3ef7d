import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { RunFolderError } from './run-folder.ts';
import { proposalSchema } from './run-schemas.ts';
import type { TraceLine } from './trace-line.ts';

const NEWLINE = 0x0a;

/** Bytes read at a time; a longer line makes the buffer grow. */
const CHUNK_BYTES = 1 << 20;

const loss = z.number().nullable();

/** What a line must hold: a trace is read long after it was written, perhaps by another version. */
const traceLine: z.ZodType<TraceLine> = z.discriminatedUnion('event', [
  z.object({ t: z.number(), event: z.literal('transition'), from: z.string(), to: z.string(), by: z.string() }),
  z.object({ t: z.number(), event: z.literal('recovered'), step: z.number(), cause: z.string() }),
  z.object({
    t: z.number(),
    event: z.literal('decision'),
    step: z.number(),
    epoch: z.number(),
    kind: z.enum(['local', 'global', 'joint']),
    loss,
    threshold: loss,
    concentration: z.number().nullable(),
    accepted: z.number().nullable(),
    returned: z.boolean(),
    proposals: z.array(proposalSchema.extend({ loss })),
  }),
]);

/**
 * Reads a trace, a piece at a time, and goes on where it stopped when the trace has grown. A run that goes back to a
 * checkpoint takes lines back: the reader notices, and yields only what is new.
 */
export class TraceReader {
  readonly #path: string;
  /** Time of every line yielded: tells, after a rewind, up to where the trace is still the same. */
  readonly #times: number[] = [];
  /** Lines read since the beginning of the file, and where they end. */
  #line = 0;
  #offset = 0;
  /** The bytes of the last of them. */
  #last: Buffer = Buffer.alloc(0);

  /** @throws RunFolderError where there is no such file */
  constructor(path: string) {
    checkTrace(path);
    this.#path = path;
  }

  /**
   * The lines that were not there the last time. A last line without its end is left for the next time: a run may be
   * writing it, or have died while it was.
   *
   * @throws RunFolderError where a line is damaged
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

  /** A line, or null where it was yielded before. */
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

  /** Whether the last line read no longer stands where it stood. Its time makes it differ from any other. */
  #wasRewound(file: number): boolean {
    const now = Buffer.alloc(this.#last.length);
    readSync(file, now, 0, now.length, this.#offset - now.length);
    return !now.equals(this.#last);
  }
}

/**
 * The lines of a trace as they stand in the file. A last line without its end is left out: a run may be writing it, or
 * have died while it was.
 *
 * @throws RunFolderError where there is no such file
 */
export function* readWholeLines(path: string): Generator<string, undefined> {
  checkTrace(path);
  const file = openSync(path, 'r');
  try {
    let rest = Buffer.alloc(0);
    for (const buffer = Buffer.alloc(CHUNK_BYTES); ; ) {
      const length = readSync(file, buffer);
      if (length === 0) return;
      const bytes = Buffer.concat([rest, buffer.subarray(0, length)]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
        yield bytes.toString('utf8', start, end);
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
  } finally {
    closeSync(file);
  }
}

function checkTrace(path: string): void {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (!kind?.isFile()) throw new RunFolderError(`${dirname(path)} holds no trace: there is no file ${path}`);
}

/** A line of a trace; null where it is damaged. */
export function readTraceLine(text: string): TraceLine | null {
  try {
    return traceLine.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * A line of a trace.
 *
 * @param number of the line, counted from 1, for the message, as is the trace's path
 * @throws RunFolderError where the line is damaged
 */
export function parseTraceLine(text: string, number: number, path: string): TraceLine {
  try {
    return traceLine.parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    // What is quoted of the line shall not move a terminal's cursor.
    const plain = why.replaceAll(/\s+/g, ' ').replaceAll(/\p{Cc}/gu, '\ufffd');
    throw new RunFolderError(`line ${number} of ${path} is damaged: ${plain}`, { cause });
  }
}
