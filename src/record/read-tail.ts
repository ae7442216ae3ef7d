import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes at the end of a log that are read first. A longer line is read again with more. */
const TAIL_BYTES = 1 << 14;

/**
 * Reads the last values of a file of JSON lines from its end, however long the file is. Lines that are no JSON are passed
 * over: a run may be writing the last one.
 *
 * @param take takes a value, the last one first, and returns whether to go on
 */
export function readTail(path: string, take: (value: unknown) => boolean): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    let taken = 0;
    const { size } = fstatSync(file);
    for (let bytes = TAIL_BYTES; ; bytes *= 8) {
      const start = Math.max(0, size - bytes);
      const buffer = Buffer.alloc(size - start);
      const lines = buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, start)).split('\n');
      // The first line may be a part of one.
      const whole = (start === 0 ? lines : lines.slice(1)).reverse();
      for (const line of whole.slice(taken)) if (!takeLine(line, take)) return;
      taken = whole.length;
      if (start === 0) return;
    }
  } catch {
    // The file is no file, or was removed at this moment.
  } finally {
    closeSync(file);
  }
}

function takeLine(line: string, take: (value: unknown) => boolean): boolean {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return true;
  }
  return take(value);
}
