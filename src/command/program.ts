import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { tellError } from './exit.ts';
import { Interruption } from './interruption.ts';
import type { WritableStream } from './print.ts';

/** The parts of its process that a program uses. */
export interface ProgramIo {
  /** How the program was started, e.g. `lesslocal search`; its messages call it by this name. */
  readonly name: string;
  readonly stdout: WritableStream;
  readonly stderr: WritableStream;
  readonly interruption: Interruption;
}

/**
 * A program of the command line.
 *
 * @param argv arguments after the program's name
 * @returns the exit code
 */
export type Program = (argv: readonly string[], io: ProgramIo) => Promise<number>;

/** Runs a program to its end, tells of the error that ended it, and returns the exit code. */
export async function runProgram(program: Program, argv: readonly string[], io: ProgramIo): Promise<number> {
  const { stdout, stderr, interruption } = io;
  try {
    const code = await Promise.race([program(argv, io), interruption.ended]);
    await written(stdout);
    if (interruption.outputError !== null) throw interruption.outputError;
    return code;
  } catch (error) {
    return tellError(error, stderr, interruption.resume);
  }
}

/**
 * Runs a program in this process, which ends with its exit code.
 *
 * @param name how the program was started
 */
export async function startProgram(program: Program, name: string, argv: readonly string[]): Promise<void> {
  const interruption = new Interruption(process);
  process.stdout.on('error', (error) => interruption.closeOutput(error));
  process.stderr.on('error', () => undefined); // nobody is left who could be told
  const code = await runProgram(program, argv, { name, stdout: process.stdout, stderr: process.stderr, interruption });
  process.exitCode = code;
  // A program that failed may have left work behind, which would keep the process alive.
  if (code !== 0) process.exit();
}

/** Starts a program if Node.js was given its file; the name is that of the file in the repository. */
export async function startIfMain(meta: ImportMeta, program: Program): Promise<void> {
  const file = fileURLToPath(meta.url);
  const [, main] = process.argv;
  if (!isMainThread || main === undefined || realpathSync(main) !== file) return;
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await startProgram(program, `node ${relative(root, file).replaceAll('\\', '/')}`, process.argv.slice(2));
}

/** Version of the package. */
export function packageVersion(): string {
  return createRequire(import.meta.url)('lesslocal/package.json').version;
}

/** Waits until a stream has taken, or refused, all that was written to it. */
async function written(stream: WritableStream): Promise<void> {
  await new Promise<void>((done) => stream.write('', () => done()));
}
