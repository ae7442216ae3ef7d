import { SupernetCallError } from '../actors/index.ts';
import { DataError } from '../src/data/cifar10.ts';
import { CheckpointError } from '../src/record/checkpoint-file.ts';
import { RunFolderError } from '../src/record/run-folder.ts';
import { OptionsError } from '../src/search/options.ts';

/** Errors whose message is all a user needs: what was given, or what stands in the way, and what to do. */
const USER_ERRORS = [OptionsError, DataError, RunFolderError, CheckpointError];

/** The system's own codes for a place that takes no more bytes, or none at all. */
const DISK_ERRORS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'a file grew beyond the limit of this shell (ulimit -f)',
  EROFS: 'the file system is read-only',
  EACCES: 'access is not allowed',
};

/** Exit code after Ctrl-C, by the shells' convention. */
export const EXIT_INTERRUPTED = 130;

/**
 * Ends the program after an error: one sentence and exit code 2 where the user can mend it, else the whole error and
 * exit code 1.
 *
 * @param resume how to go on, where a run had begun
 */
export function exitWith(error: unknown, resume?: string): never {
  const hint = resume === undefined ? '' : `; go on with: ${resume}`;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const disk = code === undefined ? undefined : DISK_ERRORS[code];
  if (disk !== undefined) {
    const { path } = error as NodeJS.ErrnoException;
    process.stderr.write(`error: ${disk}${path === undefined ? '' : ` (${path})`}${hint}\n`);
    process.exit(2);
  }
  if (USER_ERRORS.some((kind) => error instanceof kind) || isRefusal(error)) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    process.exit(2);
  }
  process.stderr.write(`${error instanceof Error ? error.stack : error}${hint}\n`);
  process.exit(1);
}

/** The supernet cannot be had as asked for: its message says what would help. */
function isRefusal(error: unknown): boolean {
  return error instanceof SupernetCallError && (error.code === 'backend' || error.code === 'out-of-memory');
}
