import { basename } from 'node:path';
import { InterruptedError } from './exit.ts';

/** Source of the signals, e.g. `process`. */
type Signals = Pick<NodeJS.EventEmitter, 'on'>;

/** Signals that ask a program to end: Ctrl-C, a request to terminate, and a terminal that was closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * What ends a program early: Ctrl-C, a request to terminate, a closed terminal, or a standard output that takes no more (`| head`). A
 * program that can pause asks for `pausing()`; the first interruption then only asks it to pause, and the second ends
 * it. All other programs end at once.
 */
export class Interruption {
  /** Command that goes on with the run; set once a run has begun. */
  resume: string | null = null;
  readonly #signals: Signals;
  readonly #controller = new AbortController();
  readonly #ended = Promise.withResolvers<never>();
  readonly #outlivesTerminal: boolean;
  #pausable = false;
  #outputError: Error | null = null;

  /** @param environment in which a shell names `nohup` as the command that it started. @default that of the process */
  constructor(signals: Signals, environment: NodeJS.ProcessEnv = process.env) {
    this.#signals = signals;
    // Node.js itself undoes what `nohup` did, before any JavaScript runs.
    this.#outlivesTerminal = basename(environment._ ?? '') === 'nohup';
    this.#ended.promise.catch(() => undefined); // often nobody waits for it
  }

  /** Rejects when the program must end at once, with the reason. */
  get ended(): Promise<never> {
    return this.#ended.promise;
  }

  /** Why standard output takes no more; null while it does. */
  get outputError(): Error | null {
    return this.#outputError;
  }

  /** Signal that asks the program to pause. Its reason is the error that ends the program if it cannot. */
  pausing(): AbortSignal {
    if (!this.#pausable) {
      for (const name of SIGNALS) {
        const ignored = name === 'SIGHUP' && this.#outlivesTerminal;
        this.#signals.on(name, ignored ? () => undefined : () => this.#interrupt());
      }
    }
    this.#pausable = true;
    return this.#controller.signal;
  }

  /** Standard output takes no more. */
  closeOutput(error: Error): void {
    this.#outputError ??= error;
    if (this.#pausable) this.#controller.abort(error);
    else this.#ended.reject(error);
  }

  #interrupt(): void {
    const { signal } = this.#controller;
    if (signal.aborted) this.#ended.reject(this.#outputError ?? new InterruptedError('interrupted'));
    else this.#controller.abort(new InterruptedError('interrupted'));
  }
}
