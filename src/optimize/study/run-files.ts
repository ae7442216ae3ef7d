import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { AppendLog } from '../../record/append-file.ts';
import { writeFileAtomically } from '../../record/atomic-file.ts';
import type { EvaluationRow } from './evaluation-row.ts';
import type { Packed } from './packed-state.ts';

/** Options that must be the same when a run goes on; those inside the optimizer are part of its state. */
export interface RunHead {
  /** Name of the method; null if an optimizer was given. */
  readonly method: string | null;
  readonly coordinates: number;
  readonly bounds: Packed;
  readonly seed: number;
  readonly schedule: string;
  /** Start that was given; null if it was drawn. */
  readonly start: Packed;
}

/** What the file of a run holds. */
interface RunFile {
  readonly minimize: RunHead;
  readonly state: object;
}

export interface RunFilesOptions {
  /** File of the state; undefined if there is none. */
  readonly saveTo: string | undefined;
  /** Number of evaluations between two writes; undefined: as often as once a second. */
  readonly saveEvery: number | undefined;
  /** File of the table; undefined if there is none. */
  readonly tableTo: string | undefined;
}

/** Milliseconds between two writes, if no number of evaluations was given. */
const WRITE_MS = 1000;

/** Longest text of an option in an error. */
const LONGEST_TEXT = 80;

/** The files of a run: its state, which a crash leaves old or new but whole, and the table of its evaluations. */
export class RunFiles {
  readonly #head: RunHead;
  readonly #saveTo: string | undefined;
  readonly #saveEvery: number | undefined;
  readonly #table: AppendLog | null;
  #writtenAt = performance.now();
  #written: number;

  /**
   * Opens the files.
   *
   * @param evaluations number of evaluations before this process; their rows stay in the table
   * @throws RangeError if a file holds another run, or the table lacks rows
   */
  constructor(head: RunHead, { saveTo, saveEvery, tableTo }: RunFilesOptions, evaluations: number) {
    this.#head = head;
    this.#saveTo = saveTo;
    this.#saveEvery = saveEvery;
    this.#table = tableTo === undefined ? null : openTable(tableTo, evaluations);
    this.#written = evaluations;
  }

  /** Appends rows, which reach the file with the next write. */
  append(rows: readonly EvaluationRow[]): void {
    for (const row of rows) this.#table?.append(row);
  }

  /** Whether it is time to write. */
  isDue(evaluations: number): boolean {
    if (this.#saveEvery !== undefined) return evaluations - this.#written >= this.#saveEvery;
    return performance.now() - this.#writtenAt >= WRITE_MS;
  }

  /** Writes the rows, then the state: the table is never behind it. */
  write(evaluations: number, state: object): void {
    if (this.#saveTo === undefined) this.#table?.flush();
    else {
      this.#table?.sync();
      writeFileAtomically(this.#saveTo, `${JSON.stringify({ minimize: this.#head, state } satisfies RunFile)}\n`);
    }
    this.#written = evaluations;
    this.#writtenAt = performance.now();
  }

  /** Writes what is buffered, and closes the table. */
  close(): void {
    this.#table?.close();
  }
}

/**
 * Reads the state of the run in a file.
 *
 * @returns null if there is no such file
 * @throws RangeError if the file holds no run, or one with another option
 */
export function readRunFile(path: string, head: RunHead): object | null {
  if (!existsSync(path)) return null;
  const file = parse(path);
  const saved = file?.minimize;
  if (typeof saved !== 'object' || saved === null || typeof file?.state !== 'object') {
    throw new RangeError(`${path} must hold a run that minimize saved`);
  }
  for (const name of ['method', 'coordinates', 'bounds', 'seed', 'schedule', 'start'] as const) {
    const [before, now] = [say(saved[name]), say(head[name])];
    if (JSON.stringify(saved[name]) === JSON.stringify(head[name])) continue;
    throw new RangeError(`${name} must be ${before}, as in the run that ${path} holds, got ${now}`);
  }
  return file.state;
}

/** @throws RangeError if a file of a new run is there already */
export function refuseExisting(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  throw new RangeError(`${path} exists already: go on with it by resume: true, or choose another name`);
}

function openTable(path: string, rows: number): AppendLog {
  const table = new AppendLog(path);
  const length = lengthOfRows(path, rows);
  if (length !== null && table.rewind(length) === 0) return table;
  table.close();
  throw new RangeError(`${path} must hold the ${rows} evaluations of the saved run, got fewer`);
}

/** Length in bytes of the first rows of a table; null if it has fewer. */
function lengthOfRows(path: string, rows: number): number | null {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(1 << 16);
    let [offset, left] = [0, rows];
    while (left > 0) {
      const read = readSync(file, chunk, 0, chunk.length, offset);
      if (read === 0) return null;
      const bytes = chunk.subarray(0, read);
      let end = 0;
      for (let next = bytes.indexOf(10); next >= 0 && left > 0; next = bytes.indexOf(10, end)) {
        end = next + 1;
        left--;
      }
      offset += left === 0 ? end : read;
    }
    return offset;
  } finally {
    closeSync(file);
  }
}

function parse(path: string): Partial<RunFile> | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Partial<RunFile> | null;
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

function say(value: unknown): string {
  if (value === null) return 'none';
  const text = typeof value === 'string' ? value : `${JSON.stringify(value)}`;
  const plain = text.replaceAll(/\{"\$number":"([^"]+)"\}/g, '$1');
  return plain.length <= LONGEST_TEXT ? plain : `${plain.slice(0, LONGEST_TEXT)}...`;
}
