import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { Interruption } from '../../src/command/interruption.ts';
import { type Program, type ProgramIo, runProgram } from '../../src/command/program.ts';

/** How a program ended. */
export interface ProgramEnding {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stream that remembers what was written to it. */
export class Captured extends Writable {
  text = '';
  /** Whether it is a terminal, and how wide. @default false */
  isTTY?: boolean;
  columns?: number;
  readonly #onText: (() => void) | undefined;

  constructor(onText?: () => void) {
    super({ decodeStrings: false });
    this.#onText = onText;
  }

  override _write(chunk: Buffer | string, _: string, done: () => void): void {
    this.text += chunk;
    this.#onText?.();
    done();
  }
}

/** Streams and signals of a program that runs in this process. */
export interface CapturedIo extends ProgramIo {
  readonly stdout: Captured;
  readonly stderr: Captured;
  /** Emits what the system would send, e.g. `SIGINT`. */
  readonly signals: EventEmitter;
}

/** @param onText called whenever the program has written to standard output */
export function captureIo(name = 'node program.ts', onText?: () => void): CapturedIo {
  const signals = new EventEmitter();
  const interruption = new Interruption(signals);
  return { name, stdout: new Captured(onText), stderr: new Captured(), interruption, signals };
}

/** The streams of a program whose output a terminal shows. It has no bars, which need a cursor. */
export function captureTerminal(columns: number, name?: string): CapturedIo {
  const io = captureIo(name);
  Object.assign(io.stdout, { isTTY: true, columns });
  return io;
}

/** Runs a program in this process, to its end. */
export async function runInProcess(
  program: Program,
  argv: readonly string[],
  io: CapturedIo = captureIo(),
): Promise<ProgramEnding> {
  const code = await runProgram(program, argv, io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}
