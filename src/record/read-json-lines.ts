import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

/** Bytes read at a time: a log may be larger than memory. */
const CHUNK_BYTES = 1 << 20;

/**
 * Reads a file of JSON lines, a piece at a time. A last line that is not whole is left out: a run may be writing it, or
 * have died while it was.
 *
 * @param take gets every line's value; returns whether it is what a line should hold
 * @param wanted says by its text whether a line is to be looked at. @default all
 * @returns what could not be read, in a sentence; null where all was
 */
export function readJsonLines(
  path: string,
  take: (value: unknown) => boolean,
  wanted: (text: string) => boolean = () => true,
): string | null {
  let damaged = 0;
  const look = (text: string, isLast: boolean): void => {
    if (text.trim() === '' || !wanted(text)) return;
    const value = parse(text);
    if ((value === undefined || !take(value)) && !isLast) damaged++;
  };
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) return `${basename(path)} is missing`;
  if (!kind.isFile()) return `${basename(path)} is no file`;
  const file = openSync(path, 'r');
  try {
    const decoder = new StringDecoder('utf8');
    const buffer = Buffer.alloc(CHUNK_BYTES);
    let rest = '';
    for (;;) {
      const length = readSync(file, buffer, 0, buffer.length, null);
      if (length === 0) break;
      const lines = (rest + decoder.write(buffer.subarray(0, length))).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) look(line, false);
    }
    look(rest, true);
    if (damaged === 0) return null;
    return `${damaged} ${damaged === 1 ? 'line' : 'lines'} of ${basename(path)} cannot be read`;
  } finally {
    closeSync(file);
  }
}

/** undefined where the text is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
