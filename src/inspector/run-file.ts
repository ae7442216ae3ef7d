import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { RefusedRequest } from './guard-request.ts';

/**
 * Where a file of a run lies.
 *
 * @param run folder of the run
 * @param name the file's path below it, percent-encoded as in an address
 * @throws RefusedRequest where there is no such file, or it lies outside of the folder, be it by a link
 */
export function findRunFile(run: string, name: string): string {
  const missing = new RefusedRequest(404, 'there is no such file in the run folder');
  let path: string;
  try {
    const decoded = decodeURIComponent(name);
    if (decoded.includes('\0') || isAbsolute(decoded)) throw missing;
    path = realpathSync(join(run, decoded));
  } catch {
    throw missing;
  }
  const below = relative(realpathSync(run), path);
  if (below === '' || below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below)) throw missing;
  if (!statSync(path).isFile()) throw missing;
  return path;
}
