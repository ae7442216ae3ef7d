import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describeOwner, fateOf, type Owner, parseOwner } from './lock-owner.ts';

/*
 * A lock is a row of numbered files, `run.lock.1`, `run.lock.2`, ...; the highest counts. Taking the lock makes the next
 * number, and a lock that is given back stays as a file that says so: the numbers never begin anew. `run.lock` without a
 * number is that of an older version.
 */

/** Milliseconds between two signs of life of a holder. */
export const BEAT_MS = 20_000;

/** System's answers of a file system that has no second names of files. */
const NO_LINKS: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'];

/** A lock that this process has taken. */
export interface Lock {
  /** N, the number of the lock: every later holder has a higher one. */
  readonly number: number;
  /** Tells by the files whether this process still holds the lock. */
  isHeld(): boolean;
  /** Gives the lock back. */
  release(): void;
}

/** A lock that another process holds, or may hold. */
export interface HeldLock {
  /** Number of the lock; 0 of an older version's. */
  readonly number: number;
  readonly heldBy: string;
  /** Path of the file that says so. */
  readonly file: string;
  /** Contents of the file. A holder changes them every `BEAT_MS`. */
  readonly contents: string;
  /** Whether the holder surely lives. That of another machine cannot be seen. */
  readonly lives: boolean;
  /** The holder; null if the file names none. */
  readonly owner: Owner | null;
  /** What the holder works on, e.g. a job of a queue; null if it does not tell. */
  readonly work: string | null;
}

/** What taking a lock goes by, besides its path. */
export interface LockTerms {
  /** Number that the lock must exceed. @default 0 */
  readonly above?: number;
  /** A lock whose holder is known to be dead. @default none */
  readonly dead?: HeldLock | undefined;
  /** What this process works on. @default it does not tell */
  readonly work?: string | undefined;
  /** Gives a file a second name. @default linkSync */
  readonly link?: (from: string, to: string) => void;
}

/**
 * Takes the lock of a folder. The lock of a dead process of this machine is taken over. Only one of several processes
 * can make the file with the next number, and it makes it whole. A process that was too slow finds a higher number, and
 * backs off.
 *
 * @param path path of the lock file, without a number
 */
export function takeLock(path: string, { above = 0, dead, work, link = linkSync }: LockTerms = {}): Lock | HeldLock {
  const facts = { id: randomBytes(8).toString('hex'), ...(work !== undefined && { work }) };
  for (;;) {
    const before = numbersOf(path).at(-1) ?? 0;
    const held = holderAt(path, before);
    if (held !== null && (held.number !== dead?.number || held.contents !== dead.contents)) return held;
    const number = Math.max(before, above) + 1;
    if (!makeFile(`${path}.${number}`, contentsOf(facts, 0, 'held'), link)) continue;
    const now = numbersOf(path);
    // Nobody but a later holder removes the number before, which shows one that came and went since it was read.
    const isNext = now.every((other) => other <= before || other === number) && (before === 0 || now.includes(before));
    if (!isNext) {
      rmSync(`${path}.${number}`, { force: true });
      continue;
    }
    rmSync(path, { force: true, recursive: true });
    // In this order: see `isNext`.
    for (const lower of now) if (lower < number) rmSync(`${path}.${lower}`, { force: true, recursive: true });
    return new HeldByUs(path, number, facts);
  }
}

/** Reads who holds a lock, or may hold it, without taking it; null if it is free. */
export function readHolder(path: string): HeldLock | null {
  return holderAt(path, numbersOf(path).at(-1) ?? 0);
}

/** Lets a lock go whose holder is known to be dead. */
export function freeDeadLock(path: string, isDead: (held: HeldLock) => boolean): void {
  const held = readHolder(path);
  if (held === null || !isDead(held)) return;
  const taken = takeLock(path, { dead: held });
  if (!('heldBy' in taken)) taken.release();
}

/** Tells whether a lock of another process is still the newest, without a sign of life. */
export function isUnchanged(path: string, { number, contents }: HeldLock): boolean {
  return (number === 0 || numbersOf(path).at(-1) === number) && readLock(fileOf(path, number)) === contents;
}

/** What the file of a lock says besides its owner. */
interface LockFacts {
  /** Tells locks of one process apart. */
  readonly id: string;
  readonly work?: string;
}

/** What the newest lock of a folder says of its holder. */
export interface LockState {
  /** Whether the holder lives; `free` if it gave the lock back. That of another machine cannot be seen. */
  readonly holder: 'free' | 'lives' | 'dead' | 'unknown';
  /** Name of the holder's machine; null if the lock names none. */
  readonly host: string | null;
  /** Time of its last sign of life, in milliseconds since 1970 by the clock of the disk. */
  readonly beat: number;
}

/**
 * Looks at the lock of a folder without taking it.
 *
 * @param path path of the lock file, without a number
 * @param self this process, as `describeOwner` describes it
 * @returns null if nobody ever took it
 */
export function lookAtLock(path: string, self: Owner = describeOwner()): LockState | null {
  const file = fileOf(path, numbersOf(path).at(-1) ?? 0);
  const contents = readLock(file);
  const beat = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (contents === null || beat === undefined) return null;
  const lock = parse(contents);
  const owner = parseOwner(lock);
  const isFree = (lock as { state?: unknown } | null)?.state === 'free';
  const fate = owner === null ? 'unknown' : fateOf(owner, self);
  return { holder: isFree ? 'free' : fate, host: owner?.host ?? null, beat };
}

/** The lock of this process, which shows a sign of life until it is released. */
class HeldByUs implements Lock {
  readonly number: number;
  readonly #path: string;
  readonly #facts: LockFacts;
  readonly #timer: NodeJS.Timeout;
  #beats = 0;

  constructor(path: string, number: number, facts: LockFacts) {
    this.#path = path;
    this.number = number;
    this.#facts = facts;
    this.#timer = setInterval(() => this.#write('held'), BEAT_MS).unref();
  }

  isHeld(): boolean {
    return numbersOf(this.#path).at(-1) === this.number && this.#isOurs();
  }

  release(): void {
    clearInterval(this.#timer);
    if (this.#isOurs()) this.#write('free');
  }

  #isOurs(): boolean {
    return readLock(`${this.#path}.${this.number}`)?.includes(this.#facts.id) ?? false;
  }

  /** Writes over the file in place: all contents have the same length. */
  #write(state: 'held' | 'free'): void {
    try {
      const file = openSync(`${this.#path}.${this.number}`, 'r+');
      try {
        writeSync(file, contentsOf(this.#facts, ++this.#beats, state), 0);
      } finally {
        closeSync(file);
      }
    } catch {
      // The lock, or its whole folder, is gone or out of reach; `isHeld` tells whoever must know.
    }
  }
}

function contentsOf(facts: LockFacts, beats: number, state: 'held' | 'free'): string {
  return JSON.stringify({ ...describeOwner(), ...facts, beats: String(beats).padStart(12, '0'), state });
}

/** The process that holds the lock, or may hold it, whose newest number is given; null if it is free. */
function holderAt(path: string, newest: number): HeldLock | null {
  // An older version knows no numbers.
  return holderOf(path, newest) ?? (newest === 0 ? null : holderOf(path, 0));
}

/** The process that holds the lock of a number, or may hold it; null if it is free. */
function holderOf(path: string, number: number): HeldLock | null {
  const file = fileOf(path, number);
  const contents = readLock(file);
  if (contents === null) return null;
  const lock = parse(contents);
  const { state, work } = (lock ?? {}) as { readonly state?: unknown; readonly work?: unknown };
  if (state === 'free') return null;
  const owner = parseOwner(lock);
  // Nobody holds an older version's lock that names no process: it was made empty and then written.
  if (owner === null && number === 0) return null;
  const fate = owner === null ? 'unknown' : fateOf(owner);
  if (fate === 'dead') return null;
  const heldBy = owner === null ? 'an unknown process' : `process ${owner.pid} on ${owner.host}`;
  const facts = { owner, work: typeof work === 'string' ? work : null };
  return { number, heldBy, file, contents, lives: fate === 'lives', ...facts };
}

function fileOf(path: string, number: number): string {
  return number === 0 ? path : `${path}.${number}`;
}

/** Numbers of the files of a lock, ascending. */
function numbersOf(path: string): number[] {
  const start = `${basename(path)}.`;
  const numbers = namesIn(dirname(path)).flatMap((name) => {
    const digits = name.startsWith(start) ? name.slice(start.length) : '';
    return /^[1-9]\d{0,14}$/.test(digits) ? [Number(digits)] : [];
  });
  return numbers.sort((a, b) => a - b);
}

/** Names in a folder; none if the folder is gone. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Makes a file with its contents at once; false if there is one, however it came there. */
function makeFile(path: string, contents: string, link: (from: string, to: string) => void): boolean {
  const temporary = join(dirname(path), `${basename(path)}.${randomBytes(4).toString('hex')}.${process.pid}.tmp`);
  const file = openSync(temporary, 'wx');
  try {
    writeFileSync(file, contents);
    fsyncSync(file);
    link(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (NO_LINKS.includes(code)) return makeSlowly(path, contents);
    // A network may lose the answer that a link was made, and ask again.
    if (code === 'EEXIST') return readLock(path) === contents;
    throw error;
  } finally {
    closeSync(file);
    rmSync(temporary, { force: true });
  }
  return true;
}

/** Makes a file where there are no links: it is empty for a moment, and then counts as held. */
function makeSlowly(path: string, contents: string): boolean {
  try {
    writeFileSync(path, contents, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Contents of a lock file; empty if it is a link that leads nowhere, or no file; null if there is none. */
function readLock(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !namesIn(dirname(path)).includes(basename(path))) return null;
    if (['ENOENT', 'ELOOP', 'EISDIR'].includes(code)) return '';
    throw error;
  }
}

/** Parses a lock; null if a power cut left only a part of it. */
function parse(contents: string): unknown {
  try {
    return JSON.parse(contents);
  } catch {
    return null;
  }
}
