import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Contents of a lock file: the process that works in the folder. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Start of the process, in the system's own units; null if the system does not tell. */
  readonly started: string | null;
}

/**
 * Takes the lock of a folder: a file that exists while a process works in it. The lock of a dead process on this
 * machine is taken over. The lock of another machine stays: nobody can tell whether its process lives.
 *
 * @param path path of the lock file
 * @returns a function that gives the lock back, or the description of the process that holds it
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
    if (found === null) continue; // it was given back in between
    const owner = parse(found);
    if (owner !== null && isAlive(owner)) return { heldBy: `process ${owner.pid} on ${owner.host}` };
    removeStale(path, found);
  }
}

/** Removes a stale lock. Only one of several processes can move it away, and then sees whether it is the same lock. */
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
  // The system may have reused the process id, and a killed process keeps its id until its parent takes notice.
  return process.platform !== 'linux' || startOf(pid) === started;
}

/** Start of a process in ticks since boot, from Linux's table of processes; null if the process has ended. */
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

/** Parses a lock; null if a power cut left only a part of it. */
function parse(contents: string): Owner | null {
  try {
    return JSON.parse(contents);
  } catch {
    return null;
  }
}
