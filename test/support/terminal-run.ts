import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Screen } from './screen.ts';

// Programs start faster if Node.js keeps what it compiled.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'lesslocal-test-compiled');

/** Surroundings of a program in a terminal. */
export interface TerminalSurroundings {
  /** Width of the terminal. */
  readonly columns: number;
  /** Working folder. */
  readonly cwd: string;
  /** Environment variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that runs in a terminal of its own. */
export class TerminalRun {
  readonly screen: Screen;
  /** All that the program sent to its terminal. */
  sent = '';
  /** Exit code; 128 and more if a signal ended the program. */
  readonly ended: Promise<number>;
  readonly #press: (keys: string) => void;
  readonly #wakers: (() => void)[] = [];
  #isOver = false;

  private constructor(
    spawn: typeof import('@lydell/node-pty').spawn,
    argv: readonly string[],
    { columns, cwd, env }: TerminalSurroundings,
  ) {
    this.screen = new Screen(columns);
    // The tests themselves may run under npx, which the programs would call themselves by.
    const { npm_lifecycle_event: _, ...own } = process.env;
    const { TERM: name = 'xterm-256color' } = env ?? {};
    const size = { cols: columns, rows: 50 };
    const terminal = spawn(process.execPath, [...argv], { ...size, name, cwd, env: { ...own, ...env } });
    this.#press = (keys) => terminal.write(keys);
    terminal.onData((data) => {
      this.sent += data;
      this.screen.write(data);
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      terminal.onExit(({ exitCode, signal }) => {
        this.#isOver = true;
        resolve(signal ? 128 + signal : exitCode);
        this.#wake();
      });
    });
  }

  /**
   * Starts a program in a terminal.
   *
   * @param argv file of the program, and its arguments
   * @throws Error if this machine has no pseudo-terminal
   */
  static async start(argv: readonly string[], surroundings: TerminalSurroundings): Promise<TerminalRun> {
    const { spawn } = await import('@lydell/node-pty').catch((cause: Error) => {
      const machine = `${process.platform} ${process.arch}`;
      const sentence = `the pseudo-terminal of @lydell/node-pty cannot be loaded on ${machine}: ${cause.message}`;
      throw new Error(sentence, { cause });
    });
    return new TerminalRun(spawn, argv, surroundings);
  }

  /** Waits until the screen shows something, or the program has ended. */
  async until(isShown: (screen: Screen) => boolean): Promise<void> {
    while (!this.#isOver && !isShown(this.screen)) {
      await new Promise<void>((resolve) => this.#wakers.push(resolve));
    }
  }

  /** Presses Ctrl-C. */
  interrupt(): void {
    this.#press('\x03');
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }
}
