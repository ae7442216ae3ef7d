import { EXIT_INTERRUPTED, exitWith } from './exit.ts';

/**
 * What makes a search pause: Ctrl-C, a request to terminate, or a standard output that takes no more (`| head`). A
 * second Ctrl-C ends the program at once.
 */
export class Interruption {
  /** How to go on; to be set once a run has begun. */
  resume: string | null = null;
  readonly #controller = new AbortController();
  #outputError: Error | null = null;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.#interrupt());
    process.stdout.on('error', (error) => {
      this.#outputError ??= error;
      this.#controller.abort();
    });
    process.stderr.on('error', () => undefined); // nobody is left who could be told
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why standard output takes no more; null where it does. */
  get outputError(): Error | null {
    return this.#outputError;
  }

  /** Ends the program as it stands: says how to go on, where a run has begun. */
  leave(): never {
    if (this.#outputError !== null) exitWith(this.#outputError, this.resume ?? undefined);
    if (this.resume !== null) process.stderr.write(`interrupted; go on with: ${this.resume}\n`);
    process.exit(EXIT_INTERRUPTED);
  }

  #interrupt(): void {
    if (this.signal.aborted) this.leave();
    this.#controller.abort();
  }
}
