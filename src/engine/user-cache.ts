import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The user's folder for files that can be made again, by the system's convention; null if the user has no home. */
export function userCache(): string | null {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const named = process.platform === 'win32' ? LOCALAPPDATA : XDG_CACHE_HOME;
  // The XDG convention ignores a relative path.
  if (named !== undefined && isAbsolute(named)) return named;
  try {
    return join(homedir(), '.cache');
  } catch {
    return null;
  }
}
