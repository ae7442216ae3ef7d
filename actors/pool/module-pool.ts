import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Piscina } from 'piscina';
import type { Objective } from '../../src/optimize/minimize/objective.ts';
import { modulePath } from '../module-path.ts';
import type { ModuleCall, ModuleReport, ModuleWorkerData } from './module-worker.ts';
import { lastingThreads } from './pool.ts';

/** Threads that may die of a call before it fails. Each is replaced. */
const MAX_DEATHS = 3;

export interface PoolObjectiveOptions {
  /** Number of threads. @default as many as the machine can run at once */
  readonly workers?: number;
  /** Closes the pool, even before the module is imported: its top-level `await` may never end. */
  readonly signal?: AbortSignal;
}

export interface ModulePoolOptions extends PoolObjectiveOptions {
  /** Name of the function that is called. @default 'default' */
  readonly exportName?: string;
}

/** A module's function that runs on threads. Each thread imports the module once and holds its own copy. */
export interface ModulePool<Argument, Result> {
  /**
   * Calls the function, on the next thread that is free. Argument and result are copied (structured clone). The
   * argument is copied when the call is sent, and must not change until then. If the thread dies, the call is made
   * again on another, so the function should be pure.
   *
   * @throws Error with the message of the function's exception, or if 3 threads died of the call
   * @throws TypeError if the argument or the result is no plain data
   */
  call(argument: Argument): Promise<Result>;
  /** Ends the threads. Calls in progress are abandoned. */
  close(): Promise<void>;
}

/** An objective whose functions run on threads. Evaluations of one step, or ahead of it, run side by side. */
export interface PoolObjective extends Objective {
  /** Ends the threads. Evaluations in progress are abandoned. */
  close(): Promise<void>;
}

/**
 * Opens a pool of threads that call a function which a module exports.
 *
 * @param file the module's absolute path, or its `file:` URL
 * @throws RangeError if the file is given otherwise or is missing, or the number of threads is not a positive integer
 */
export function openModulePool<Argument, Result>(
  file: string | URL,
  options: ModulePoolOptions = {},
): ModulePool<Argument, Result> {
  const { exportName = 'default' } = options;
  const threads = new ModuleThreads(file, options);
  return {
    call: async (argument) => await threads.call<Result>(exportName, [argument]),
    close: () => threads.close(),
  };
}

/**
 * Opens an objective from a module's file. The module exports `value`, and may export `gradient` and `perExample`.
 *
 *     // objective.ts
 *     export function value(x: Float64Array): number { ... }
 *
 *     const objective = await poolObjective(new URL('./objective.ts', import.meta.url));
 *     const options = { coordinates: 10, evaluations: 1000, concurrency: 4, dscd: { proposals: 4 } };
 *     const { bestLoss } = await minimize(objective, options);
 *     await objective.close();
 *
 * @param file the module's absolute path, or its `file:` URL
 * @throws RangeError as `openModulePool` does
 * @throws Error if the module cannot be imported, or exports no function `value`, or the signal closed the pool
 */
export async function poolObjective(file: string | URL, options: PoolObjectiveOptions = {}): Promise<PoolObjective> {
  const threads = new ModuleThreads(file, options);
  try {
    const names = await threads.listFunctions();
    if (!names.includes('value')) {
      throw new Error(`${threads.url} must export a function value, got only [${names.join(', ')}]`);
    }
    const run =
      <Result>(name: string) =>
      (x: Float64Array, step: number): Promise<Result> =>
        threads.call<Result>(name, [x, step]);
    return {
      value: run('value'),
      ...(names.includes('gradient') ? { gradient: run('gradient') } : {}),
      ...(names.includes('perExample') ? { perExample: run('perExample') } : {}),
      close: () => threads.close(),
    };
  } catch (error) {
    await threads.close();
    throw error;
  }
}

/** Threads that call the functions of a module, by Piscina. */
class ModuleThreads {
  readonly url: string;
  readonly #piscina: Piscina<ModuleCall, ModuleReport>;
  readonly #forgetSignal: () => void;
  #closed = false;

  constructor(file: string | URL, { workers = availableParallelism(), signal }: PoolObjectiveOptions) {
    this.url = toUrl(file).href;
    if (!Number.isInteger(workers) || workers < 1) {
      throw new RangeError(`workers must be a positive integer, got ${workers}`);
    }
    this.#piscina = new Piscina({
      filename: modulePath(import.meta.url, './module-worker'),
      workerData: { url: this.url } satisfies ModuleWorkerData,
      ...lastingThreads(workers),
    });
    // A thread that dies without a call, or answers an abandoned one, does no harm: it is replaced.
    this.#piscina.on('error', () => undefined);
    const abort = (): void => void this.close();
    signal?.addEventListener('abort', abort, { once: true });
    this.#forgetSignal = () => signal?.removeEventListener('abort', abort);
    if (signal?.aborted) abort();
  }

  async listFunctions(): Promise<readonly string[]> {
    return (await this.#run({ exportName: null, args: [] })) as string[];
  }

  /** Calls a function. `Result` is the caller's word for what the module gives. */
  async call<Result>(exportName: string, args: readonly unknown[]): Promise<Result> {
    return (await this.#run({ exportName, args })) as Result;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#forgetSignal();
    await this.#piscina.destroy();
  }

  async #run(call: ModuleCall): Promise<unknown> {
    for (let deaths = 1; ; deaths++) {
      if (this.#closed) throw new Error(`the pool of ${this.url} was closed`);
      const report = await this.#piscina.run(call).catch(toError);
      if (!(report instanceof Error)) return unwrap(report);
      if (this.#closed) continue;
      if (report.name === 'DataCloneError') {
        throw new TypeError(`the argument of a call must be plain data: ${report.message}`);
      }
      if (deaths === MAX_DEATHS) {
        throw new Error(`${MAX_DEATHS} threads died of the same call of ${this.url}: ${report.message}`);
      }
    }
  }
}

/** Makes an error of a thread's cause of death, which may be any value. */
function toError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}

/** Returns the result, or throws the module's exception with its message and stack. */
function unwrap(report: ModuleReport): unknown {
  if (report.ok) return report.result;
  const error = new Error(report.message);
  if (report.stack !== null) error.stack = report.stack;
  throw error;
}

function toUrl(file: string | URL): URL {
  const isUrl = String(file).startsWith('file:');
  if (!isUrl && !(typeof file === 'string' && isAbsolute(file))) {
    throw new RangeError(`the file of a module must be an absolute path or a file: URL, got ${file}`);
  }
  const url = isUrl ? new URL(file) : pathToFileURL(file as string);
  if (!existsSync(fileURLToPath(url))) throw new RangeError(`the file of a module must exist, got ${file}`);
  return url;
}
