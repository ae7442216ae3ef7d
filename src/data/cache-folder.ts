import { mkdirSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Prefix of temporary folders in a cache. */
const FETCHING = 'fetching-';

/** Age at which a temporary folder counts as abandoned, in milliseconds: a day. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** This program's part of the user's cache folder, by the system's convention. Its files may be deleted at any time. */
export function userCache(name: string): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const named = process.platform === 'win32' ? LOCALAPPDATA : XDG_CACHE_HOME;
  // The XDG convention ignores relative paths.
  const base = named !== undefined && isAbsolute(named) ? named : join(homedir(), '.cache');
  return join(base, 'lesslocal', name);
}

/**
 * Works in a temporary folder inside a cache, which is made if it is missing, and removes the folder in the end. Folders
 * that other processes abandoned a day ago are removed first.
 */
export async function inTemporaryFolder<T>(cache: string, work: (folder: string) => Promise<T>): Promise<T> {
  mkdirSync(cache, { recursive: true });
  await removeAbandoned(cache);
  const folder = await mkdtemp(join(cache, FETCHING));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(FETCHING)) continue;
    const folder = join(cache, name);
    try {
      const { mtimeMs } = await stat(folder);
      if (Date.now() - mtimeMs > ABANDONED_MS) await rm(folder, { recursive: true, force: true });
    } catch (error) {
      // Another process that fetches may have just removed its own folder.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}
