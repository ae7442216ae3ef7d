import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { type ZodType, z } from 'zod';

/** Number of bytes read at a time: a log may be larger than the memory. */
const CHUNK_BYTES = 1 << 20;

/** A number of an old or newer run; null if it is missing or not a finite number, which JSON writes as null. */
export const lenientNumber = z.number().nullable().catch(null);

/** An object of an old or newer run: it reads as if all fields were missing if it is no object. */
export function lenientObject<T extends z.ZodRawShape>(shape: T) {
  return z.preprocess((value) => (typeof value === 'object' && value !== null ? value : {}), z.object(shape));
}

/**
 * Reads the value of a JSON file.
 *
 * @param gaps receives a sentence if the file cannot be read
 * @param optional whether a missing file is no gap. @default false
 * @returns the value as the schema reads it; null if it cannot be read
 */
export function readJson<S extends ZodType>(
  path: string,
  schema: S,
  gaps: string[],
  { optional = false } = {},
): z.output<S> | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!(missing && optional)) gaps.push(`${basename(path)} ${missing ? 'is missing' : 'cannot be read'}`);
    return null;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    gaps.push(`${basename(path)} is damaged`);
    return null;
  }
}

/**
 * Reads a file of JSON lines, one chunk at a time. It ignores a damaged last line without a newline: a run may be
 * writing it, or have died while writing it.
 *
 * @param take receives the value of every line, and returns whether the line is what the file should hold
 * @param wanted decides by its text whether a line is parsed. @default all
 * @returns a sentence that says what could not be read; null if everything was read
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
  const lines = readLines(path);
  let next = lines.next();
  for (; !next.done; next = lines.next()) look(next.value, false);
  look(next.value, true);
  if (damaged === 0) return null;
  return `${damaged} ${damaged === 1 ? 'line' : 'lines'} of ${basename(path)} cannot be read`;
}

/**
 * Yields the lines of a file as text, one chunk of bytes at a time, and returns the text after the last newline.
 *
 * @throws the system's error if the file cannot be read
 */
export function* readLines(path: string): Generator<string, string> {
  const file = openSync(path, 'r');
  try {
    const decoder = new StringDecoder('utf8');
    const buffer = Buffer.alloc(CHUNK_BYTES);
    let rest = '';
    for (;;) {
      const length = readSync(file, buffer, 0, buffer.length, null);
      if (length === 0) return rest;
      const lines = (rest + decoder.write(buffer.subarray(0, length))).split('\n');
      rest = lines.pop() as string;
      yield* lines;
    }
  } finally {
    closeSync(file);
  }
}

/** The value of a JSON text; undefined if the text is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
