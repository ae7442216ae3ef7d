import { closeSync, openSync, readSync } from 'node:fs';
import { AppendFile } from './append-file.ts';

const BYTES = Float64Array.BYTES_PER_ELEMENT;

/**
 * Alpha before each step on it: a record a step, of the step's number and then the flat alpha, little-endian float64
 * throughout.
 */
export class AlphaFile extends AppendFile {
  /**
   * Opens the file for appending, and creates it where there is none.
   *
   * @param coordinates of alpha
   */
  constructor(path: string, coordinates: number) {
    const record = recordBytes(coordinates);
    super(path, (bytes) => bytes.length - (bytes.length % record));
  }

  /**
   * Appends a record with a copy of alpha. It reaches the file with the next `flush`, and only that can fail.
   *
   * @param step iteration, counted from 0 over the whole search
   */
  append(step: number, alpha: Float64Array): void {
    const record = Buffer.alloc(recordBytes(alpha.length));
    record.writeDoubleLE(step);
    for (const [i, value] of alpha.entries()) record.writeDoubleLE(value, (i + 1) * BYTES);
    this.write(record);
  }
}

/**
 * The flat alpha before a step, read from the file in place; null where the file does not tell of that step, or there
 * is none.
 */
export function readAlphaBefore(path: string, coordinates: number, step: number): Float64Array | null {
  const file = openOrNull(path);
  if (file === null) return null;
  try {
    const record = Buffer.alloc(recordBytes(coordinates));
    // The steps follow each other without a gap, whatever the first one is.
    if (readSync(file, record, 0, BYTES, 0) < BYTES) return null;
    const index = step - record.readDoubleLE();
    if (index < 0) return null;
    const length = readSync(file, record, 0, record.length, index * record.length);
    if (length < record.length || record.readDoubleLE() !== step) return null;
    return Float64Array.from({ length: coordinates }, (_, i) => record.readDoubleLE((i + 1) * BYTES));
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
