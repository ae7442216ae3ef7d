import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who works on a run: what the lock file holds. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the system's own units; null where it does not tell. */
  readonly started: string | null;
}

/**
 * Takes the lock of a folder: a file that exists as long as a process works there. One that a dead process of this
 * machine left behind is taken over; on another machine nobody can tell, and its lock stands.
 *
 * @param path of the lock file
 * @returns gives the lock back; or, where another process holds it, which one
 */
export function takeLock(path: string): { unlock: () => void } | { heldBy: string } {
  const { pid } = process;
  const own = JSON.stringify({ pid, host: hostname(), started: startOf(pid) } satisfies Owner);
  for (;;) {
    try {
      writeFileSync(path, own, { flag: 'wx' });
      return { unlock: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = read(path);
    if (found === null) continue; // just given back
    const owner = parse(found);
    if (owner !== null && isAlive(owner)) return { heldBy: `process ${owner.pid} on ${owner.host}` };
    removeStale(path, found);
  }
}

/** Moving the file away first lets only one of several processes have it, and shows that it is the one looked at. */
function removeStale(path: string, contents: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // another process was first
  }
  if (read(aside) === contents) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function isAlive({ pid, host, started }: Owner): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // A number may have been given to another process since, and one that was killed may not have been buried yet.
  return process.platform !== 'linux' || startOf(pid) === started;
}

/** From Linux's table of processes: the time since boot at which one started; null for one that has ended. */
function startOf(pid: number): string | null {
  if (process.platform !== 'linux') return null;
  const line = read(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything; state and start are the 3rd and 22nd field.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ') ?? [];
  return 'ZX'.includes(fields[0] ?? 'X') ? null : (fields[19] ?? null);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** null for what a power cut left of a lock. */
function parse(contents: string): Owner | null {
  try {
    return JSON.parse(contents);
  } catch {
    return null;
  }
}
