import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeFileAtomically } from './atomic-file.ts';

/*
 * A checkpoint file holds 8 bytes "LESSLOC1", 32 bytes SHA-256 of the rest, and the state as the writer encoded it. Its
 * name is the number of completed iterations, so that the newest checkpoint is the last by name.
 */
const MAGIC = Buffer.from('LESSLOC1');
const HEADER_BYTES = MAGIC.length + 32;

/** Number of checkpoints kept in a folder: the newest, and one more in case a disk loses it. */
const KEPT = 2;

/** Says why a file is no checkpoint, or why a run cannot continue from it. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/**
 * Writes a checkpoint atomically, and removes all but the `KEPT` newest ones. It creates the folder if it is missing.
 *
 * @param step number of completed iterations
 * @returns path of the checkpoint
 */
export function writeCheckpoint(folder: string, step: number, state: Uint8Array): string {
  const digest = createHash('sha256').update(state).digest();
  const path = join(folder, `${String(step).padStart(9, '0')}.checkpoint`);
  mkdirSync(folder, { recursive: true });
  writeFileAtomically(path, Buffer.concat([MAGIC, digest, state]));
  for (const old of listCheckpoints(folder).slice(0, -KEPT)) rmSync(old, { force: true });
  return path;
}

/** Paths of a folder's checkpoints, oldest first; empty if the folder is missing. */
export function listCheckpoints(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.checkpoint'))
    .sort()
    .map((name) => join(folder, name));
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
