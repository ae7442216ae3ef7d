import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';

/** Takes each run folder once, however it is written. Missing folders are left to who reads them. */
export function distinctRuns(paths: readonly string[]): string[] {
  const known = new Map<string, string>();
  for (const path of paths) {
    const place = existsSync(path) ? realpathSync(path) : resolve(path);
    if (!known.has(place)) known.set(place, path);
  }
  return [...known.values()];
}
