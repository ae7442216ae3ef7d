import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeFileAtomically } from './atomic-file.ts';

/**
 * A checkpoint file: 8 bytes "LESSLOC1", 32 bytes SHA-256 of the rest, then the state as the writer encoded it.
 * Named by its step, so that the newest is the last in the order of names.
 */
const MAGIC = Buffer.from('LESSLOC1');
const HEADER_BYTES = MAGIC.length + 32;

/** Checkpoints kept in a folder: the newest, and one more in case a disk loses it. */
const KEPT = 2;

/** A file that should be a checkpoint is not one, or not a whole one. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** Writes the checkpoint of a step atomically into a folder, made where it is missing; removes all but the `KEPT` newest. */
export function writeCheckpoint(folder: string, step: number, state: Uint8Array): string {
  const digest = createHash('sha256').update(state).digest();
  const path = join(folder, `${String(step).padStart(9, '0')}.checkpoint`);
  mkdirSync(folder, { recursive: true });
  writeFileAtomically(path, Buffer.concat([MAGIC, digest, state]));
  for (const old of listCheckpoints(folder).slice(0, -KEPT)) rmSync(old, { force: true });
  return path;
}

/** Paths of a folder's checkpoints, oldest first; none where there is no folder. */
export function listCheckpoints(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.checkpoint'))
    .sort()
    .map((name) => join(folder, name));
}

/**
 * Reads a checkpoint and returns the encoded state.
 *
 * @throws CheckpointError where the file is foreign, truncated or damaged
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
