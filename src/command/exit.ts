import { print, type WritableStream } from './print.ts';

/**
 * Names of the errors whose message is all that a user needs. Repeating the command would fail again. Errors are known
 * by their names because some belong to rooms that this one must not import.
 */
const REFUSALS: ReadonlySet<string> = new Set([
  'OptionsError',
  'GenotypeError',
  'DataError',
  'RunFolderError',
  'CheckpointError',
  'CountFileError',
  'DivergedError',
  'InstallationError',
  'QueueError',
  'BackendError',
  'OutOfMemoryError',
]);

/** Names of the errors that say what died. Repeating the command may succeed. */
const LOSSES: ReadonlySet<string> = new Set(['SupernetLostError', 'WorkersLostError']);

/** Codes of a `SupernetCallError` whose message says what would help. */
const SUPERNET_REFUSALS: ReadonlySet<unknown> = new Set(['backend', 'out-of-memory']);

/** Meanings of the system's codes for a place that cannot be written to. */
const DISK_ERRORS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'a file grew beyond the limit of this shell (ulimit -f)',
  EROFS: 'the file system is read-only',
  EACCES: 'access is not allowed',
  EPERM: 'the system does not allow it',
  ENAMETOOLONG: 'a name is longer than the file system allows',
  EISDIR: 'there is a folder where a file should be',
  ENOTDIR: 'there is a file where a folder should be',
  ELOOP: 'symbolic links lead in a circle',
  EMFILE: 'this shell allows too few open files (ulimit -n)',
  ENFILE: 'the system has too many open files',
};

/** Exit code of an error that the user can mend. */
export const EXIT_REFUSED = 2;

/** Exit code after Ctrl-C, by the shells' convention. */
export const EXIT_INTERRUPTED = 130;

/** Exit code for a closed standard output (`| head`): that of a program killed by SIGPIPE. */
const EXIT_PIPE = 141;

/** Thrown when Ctrl-C, or a request to terminate, ended the program. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/**
 * Tells the user which error ended a program: one sentence if the user can mend it, else the whole error. A closed
 * output is no news to anyone and is passed over in silence.
 *
 * @param resume command that goes on with the run; null if no run had begun
 * @returns the exit code: 2 for what the user can mend, 130 after Ctrl-C, 141 for a closed output, else 1
 */
export function tellError(error: unknown, stderr: WritableStream, resume: string | null): number {
  if (codeOf(error) === 'EPIPE') return EXIT_PIPE;
  if (error instanceof InterruptedError) {
    if (resume !== null) print(stderr, `interrupted; go on with: ${resume}\n`);
    return EXIT_INTERRUPTED;
  }
  const sentence = sentenceOf(error);
  const hint = resume === null || REFUSALS.has(nameOf(error)) ? '' : `; go on with: ${resume}`;
  const whole = error instanceof Error ? error.stack : error;
  print(stderr, sentence === null ? `${whole}${hint}\n` : `error: ${sentence}${hint}\n`);
  return sentence === null ? 1 : EXIT_REFUSED;
}

/** Ends this process if nobody reads its output any more: for tools that are no `Program`. */
export function endAtClosedOutput(): void {
  process.stdout.on('error', (error) => process.exit(codeOf(error) === 'EPIPE' ? EXIT_PIPE : 1));
}

/** Sentence for the user; null if the user cannot mend the error. */
function sentenceOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const code = codeOf(error);
  const disk = DISK_ERRORS[String(code)];
  if (disk !== undefined) {
    const { path } = error as NodeJS.ErrnoException;
    return path === undefined ? disk : `${disk} (${path})`;
  }
  const { name, message } = error;
  const told = REFUSALS.has(name) || LOSSES.has(name) || (name === 'SupernetCallError' && SUPERNET_REFUSALS.has(code));
  return told ? message : null;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
