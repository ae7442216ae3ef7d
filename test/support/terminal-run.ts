import { fileURLToPath } from 'node:url';
import { Screen } from './screen.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A program that runs in a terminal of its own. */
export class TerminalRun {
  readonly screen: Screen;
  /** All that the program sent to its terminal. */
  sent = '';
  readonly ended: Promise<number>;
  readonly #write: (keys: string) => void;
  readonly #wakers: (() => void)[] = [];
  #isOver = false;

  private constructor(columns: number, open: typeof import('@lydell/node-pty').spawn, argv: readonly string[], env: object) {
    this.screen = new Screen(columns);
    const terminal = open(process.execPath, [...argv], {
      ...{ cols: columns, rows: 50, cwd: ROOT, name: 'xterm-256color' },
      env: { ...process.env, TERM: 'xterm-256color', ...env },
    });
    this.#write = (keys) => terminal.write(keys);
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
   * @param env environment variables besides those of this process
   * @throws Error if this machine has no pseudo-terminal
   */
  static async start(columns: number, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<TerminalRun> {
    const { spawn } = await import('@lydell/node-pty').catch((cause: Error) => {
      const machine = `${process.platform} ${process.arch}`;
      throw new Error(`the pseudo-terminal of @lydell/node-pty cannot be loaded on ${machine}: ${cause.message}`, { cause });
    });
    return new TerminalRun(columns, spawn, argv, env);
  }

  /** Waits until the screen shows something, or the program has ended. */
  async until(isShown: (screen: Screen) => boolean): Promise<void> {
    while (!this.#isOver && !isShown(this.screen)) {
      await new Promise<void>((resolve) => this.#wakers.push(resolve));
    }
  }

  /** Presses Ctrl-C. */
  interrupt(): void {
    this.#write('\x03');
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }
}
