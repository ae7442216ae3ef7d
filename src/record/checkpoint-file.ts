import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeFileAtomically } from './atomic-file.ts';

/*
 * A checkpoint file holds 8 bytes "LESSLOC1", 32 bytes SHA-256 of the rest, and the state as the writer encoded it. Its
 * name is the number of iterations made, undone ones among them, and that of the writer's lock, as in `000000123.2.checkpoint`. Older
 * versions wrote no second number: it counts as 0. The newest checkpoint is that of the newest lock, and among its own
 * the one with the most iterations: a process that lost its lock may still write some.
 */
const MAGIC = Buffer.from('LESSLOC1');
const HEADER_BYTES = MAGIC.length + 32;

const NAME = /^(\d{9,15})(?:\.([1-9]\d{0,14}))?\.checkpoint$/;

/** Number of checkpoints kept in a folder: the newest, and one more in case a disk loses it. */
const KEPT = 2;

/** Says why a file is no checkpoint, or why a run cannot continue from it. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** What the name of a checkpoint says. */
export interface CheckpointName {
  /** Number of iterations made, also of those that a run has gone back behind: it never falls. */
  readonly step: number;
  /** Number of the lock that its writer held; 0 of an older version's. */
  readonly incarnation: number;
}

/**
 * Writes a checkpoint atomically, and removes all but the `KEPT` newest ones. It creates the folder if it is missing.
 *
 * @param spared steps whose checkpoints stay too. @default none
 * @returns path of the checkpoint
 */
export function writeCheckpoint(
  folder: string,
  at: number | CheckpointName,
  state: Uint8Array,
  spared: readonly number[] = [],
): string {
  const { step, incarnation } = typeof at === 'number' ? { step: at, incarnation: 0 } : at;
  const digest = createHash('sha256').update(state).digest();
  const writer = incarnation === 0 ? '' : `.${incarnation}`;
  const path = join(folder, `${String(step).padStart(9, '0')}${writer}.checkpoint`);
  mkdirSync(folder, { recursive: true });
  writeFileAtomically(path, Buffer.concat([MAGIC, digest, state]));
  for (const old of listCheckpoints(folder).slice(0, -KEPT)) {
    if (!spared.includes(readCheckpointName(old)?.step ?? -1)) rmSync(old, { force: true });
  }
  return path;
}

/** Paths of a folder's checkpoints, oldest first; empty if the folder is missing. Files with other names are none. */
export function listCheckpoints(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const named = readdirSync(folder).flatMap((name) => {
    const says = readCheckpointName(name);
    return says === null ? [] : [{ name, ...says }];
  });
  const sorted = named.sort((a, b) => a.incarnation - b.incarnation || a.step - b.step);
  return sorted.map(({ name }) => join(folder, name));
}

/** Reads the name of a checkpoint; null if it is another file's. */
export function readCheckpointName(path: string): CheckpointName | null {
  const [, step, incarnation = '0'] = NAME.exec(basename(path)) ?? [];
  return step === undefined ? null : { step: Number(step), incarnation: Number(incarnation) };
}

/** What the name of a folder's newest checkpoint says; zeros if there is none. */
export function newestCheckpointName(folder: string): CheckpointName {
  return readCheckpointName(listCheckpoints(folder).at(-1) ?? '') ?? { step: 0, incarnation: 0 };
}

/**
 * Reads a checkpoint, and returns the encoded state.
 *
 * @throws CheckpointError if the file is foreign, truncated or damaged
 */
export function readCheckpoint(path: string): Uint8Array {
  const bytes = readFileSync(path);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new CheckpointError(`${basename(path)} is not a checkpoint of this program`);
  }
  const state = bytes.subarray(HEADER_BYTES);
  if (!createHash('sha256').update(state).digest().equals(bytes.subarray(MAGIC.length, HEADER_BYTES))) {
    throw new CheckpointError(`checkpoint ${basename(path)} is truncated or damaged; remove it to use the one before`);
  }
  return state;
}
