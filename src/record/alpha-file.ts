import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { z } from 'zod';
import { AppendFile } from './append-file.ts';

const BYTES = Float64Array.BYTES_PER_ELEMENT;

/** An alpha as JSON has it: null stands for -Infinity, that of a column that was pruned. */
const alphaEntry = z
  .number()
  .nullable()
  .transform((entry) => entry ?? Number.NEGATIVE_INFINITY);

/** A line of `alpha.jsonl`: alpha at the start of a search (epoch 0) or after an epoch. */
export const alphaLine = z.object({
  /** Number of completed epochs. */
  epoch: z.number(),
  /** Number of completed iterations: alpha is that before the iteration with this number. */
  step: z.number(),
  /** Alpha of each cell, row-major: rows are edges, columns primitives. */
  normal: z.array(alphaEntry),
  reduce: z.array(alphaEntry),
});
export type AlphaLine = Readonly<z.output<typeof alphaLine>>;

/**
 * Alpha before each step on it. A record per step holds the number of the iteration and then the flat alpha, all as
 * little-endian float64; -Infinity stands for a column that was pruned.
 */
export class AlphaFile extends AppendFile {
  /**
   * Opens the file for appending, and creates it if it is missing.
   *
   * @param coordinates number of coordinates of alpha
   */
  constructor(path: string, coordinates: number) {
    const record = recordBytes(coordinates);
    super(path, (bytes) => bytes.length - (bytes.length % record));
  }

  /**
   * Appends a record with a copy of alpha. The record reaches the file with the next `flush`, and only `flush` can fail.
   *
   * @param iteration number of the iteration, counted from 0 over the whole search
   */
  append(iteration: number, alpha: Float64Array): void {
    const record = Buffer.alloc(recordBytes(alpha.length));
    record.writeDoubleLE(iteration);
    for (const [i, value] of alpha.entries()) record.writeDoubleLE(value, (i + 1) * BYTES);
    this.write(record);
  }
}

/**
 * Reads the flat alpha before the step of an iteration, without reading the rest of the file.
 *
 * @returns null if the file is missing or has no record of the iteration
 */
export function readAlphaBefore(path: string, coordinates: number, iteration: number): Float64Array | null {
  const file = openOrNull(path);
  if (file === null) return null;
  try {
    const record = Buffer.alloc(recordBytes(coordinates));
    const iterationOf = (index: number): number => {
      readSync(file, record, 0, BYTES, index * record.length);
      return record.readDoubleLE();
    };
    // Iterations increase, with gaps where alpha did not move: a binary search finds the first that is not too early.
    const records = Math.floor(fstatSync(file).size / record.length);
    let [index, end] = [0, records];
    while (index < end) {
      const middle = Math.floor((index + end) / 2);
      if (iterationOf(middle) < iteration) index = middle + 1;
      else end = middle;
    }
    if (index === records) return null;
    const length = readSync(file, record, 0, record.length, index * record.length);
    if (length < record.length || record.readDoubleLE() !== iteration) return null;
    return Float64Array.from({ length: coordinates }, (_, i) => record.readDoubleLE((i + 1) * BYTES));
  } finally {
    closeSync(file);
  }
}

/** Alpha before the step of an iteration. */
export interface AlphaStep {
  /** Number of the iteration, counted from 0 over the whole search. */
  readonly iteration: number;
  readonly alpha: Float64Array;
}

/** Number of records read at a time. */
const RECORDS = 1024;

/** Reads all of the file in order, a chunk at a time; nothing if it is missing. A record that was cut off ends it. */
export function* readAlphaSteps(path: string, coordinates: number): Generator<AlphaStep> {
  const file = openOrNull(path);
  if (file === null) return;
  try {
    const bytes = recordBytes(coordinates);
    const chunk = Buffer.alloc(RECORDS * bytes);
    for (;;) {
      const length = readSync(file, chunk, 0, chunk.length, null);
      for (let at = 0; at + bytes <= length; at += bytes) {
        const alpha = Float64Array.from({ length: coordinates }, (_, i) => chunk.readDoubleLE(at + (i + 1) * BYTES));
        yield { iteration: chunk.readDoubleLE(at), alpha };
      }
      if (length < chunk.length) return;
    }
  } finally {
    closeSync(file);
  }
}

function recordBytes(coordinates: number): number {
  return (coordinates + 1) * BYTES;
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
