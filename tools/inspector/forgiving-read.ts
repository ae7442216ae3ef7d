import { readFileSync } from 'node:fs';

/** Nothing where there is no such file. */
export function readTextOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** null where it is no JSON: a run may be writing it, or have died while it was. */
export function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
