import { DivergedError, SupernetCallError, SupernetLostError } from '../../actors/index.ts';
import { DataError } from '../data/dataset.ts';
import { OptionsError } from '../options/options-error.ts';
import { CheckpointError } from '../record/checkpoint-file.ts';
import { RunFolderError } from '../record/run-folder.ts';
import { GenotypeError } from '../space/genotype-syntax.ts';

/** Errors whose message is all a user needs: what was given, or what stands in the way. The same again would fail again. */
const REFUSALS = [OptionsError, GenotypeError, DataError, RunFolderError, CheckpointError, DivergedError];

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

/** Exit code where nobody reads standard output any more (`| head`): that of a program killed by SIGPIPE. */
const EXIT_PIPE = 141;

/**
 * Ends the program after an error: one sentence and exit code 2 where the user can mend it, else the whole error and
 * exit code 1. Where nobody reads the output any more, it ends without a word, with exit code 141.
 *
 * @param resume how to go on, where a run had begun
 */
export function exitWith(error: unknown, resume?: string): never {
  if (codeOf(error) === 'EPIPE') process.exit(EXIT_PIPE);
  const sentence = sentenceOf(error);
  const hint = resume === undefined || REFUSALS.some((kind) => error instanceof kind) ? '' : `; go on with: ${resume}`;
  const whole = error instanceof Error ? error.stack : error;
  process.stderr.write(sentence === null ? `${whole}${hint}\n` : `error: ${sentence}${hint}\n`);
  process.exit(sentence === null ? 1 : 2);
}

/** What to tell the user; null where the error is not the user's to mend. */
function sentenceOf(error: unknown): string | null {
  const disk = DISK_ERRORS[codeOf(error) ?? ''];
  if (disk !== undefined) {
    const { path } = error as NodeJS.ErrnoException;
    return path === undefined ? disk : `${disk} (${path})`;
  }
  const told = [...REFUSALS, SupernetLostError].some((kind) => error instanceof kind) || isRefusal(error);
  return told ? (error as Error).message : null;
}

/** The supernet cannot be had as asked for: its message says what would help. */
function isRefusal(error: unknown): boolean {
  return error instanceof SupernetCallError && (error.code === 'backend' || error.code === 'out-of-memory');
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}
