import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

const LINUX = process.platform === 'linux';

const fact = z.string().nullable().default(null);

const ownerSchema = z.object({
  pid: z.int().min(1),
  host: z.string().min(1),
  /** Start of the process in ticks since the machine's; null if the system does not tell. */
  started: fact,
  /** Identifier of the machine, of its start, and of the space that its process ids are in. Older locks lack them. */
  machine: fact,
  boot: fact,
  pids: fact,
});

/** A process that works, or worked, in a folder. */
export type Owner = Readonly<z.output<typeof ownerSchema>>;

/** Describes this process. */
export function describeOwner(): Owner {
  const { pid } = process;
  return { pid, host: hostname(), started: startOf(pid), machine: machineOf(), boot: bootOf(), pids: pidsOf() };
}

/** Reads the owner in a lock; null if the lock names none: a power cut may have left a part of it. */
export function parseOwner(lock: unknown): Owner | null {
  return ownerSchema.safeParse(lock).data ?? null;
}

/**
 * Tells whether a process lives. That of another machine, and that of another container, cannot be seen from here.
 *
 * @param self a process of this machine. @default this one
 */
export function fateOf(owner: Owner, self: Owner = describeOwner()): 'lives' | 'dead' | 'unknown' {
  if (owner.host !== self.host) return 'unknown';
  if (owner.machine !== null && owner.machine !== self.machine) return 'unknown';
  if (owner.boot !== null && owner.boot !== self.boot) return self.machine === null ? 'unknown' : 'dead';
  if (owner.pids !== null && owner.pids !== self.pids) return 'unknown';
  return isAlive(owner.pid, owner.started) ? 'lives' : 'dead';
}

/**
 * Whether a process of this machine lives.
 *
 * @param started its start: the system may have given its id to another process since. @default any
 */
export function isAlive(pid: number, started?: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (!LINUX) return true;
  // A killed process keeps its id until its parent takes notice, and then has no start.
  const now = startOf(pid);
  return started === undefined ? now !== null : now === started;
}

/** Start of a process in ticks since that of the machine, from Linux's table; null if the process has ended. */
function startOf(pid: number): string | null {
  const line = LINUX ? readFact(`/proc/${pid}/stat`) : null;
  // The name in parentheses may hold anything; state and start are the 3rd and 22nd field.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ') ?? [];
  return 'ZX'.includes(fields[0] ?? 'X') ? null : (fields[19] ?? null);
}

function machineOf(): string | null {
  return LINUX ? readFact('/etc/machine-id') : null;
}

function bootOf(): string | null {
  return LINUX ? readFact('/proc/sys/kernel/random/boot_id') : null;
}

/** Identifier of the space that this process's id is in: each container has its own. Null if the system does not tell. */
export function pidsOf(): string | null {
  try {
    return LINUX ? readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '') : null;
  } catch {
    return null;
  }
}

/** Text of a file of the system; null if there is none. */
function readFact(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}
