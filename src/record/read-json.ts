import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ZodType, z } from 'zod';

/**
 * A JSON file's value as the schema has it; null where it has none.
 *
 * @param gaps takes what could not be read, in a sentence
 * @param optional whether it is no gap that there is no file
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
