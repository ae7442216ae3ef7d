import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Piscina } from 'piscina';
import type { Objective } from '../../src/optimize/minimize/objective.ts';
import { modulePath } from '../module-path.ts';
import type { ModuleCall, ModuleReport, ModuleWorkerData } from './module-worker.ts';

/** Times a call is begun: threads that die of it are replaced, but not for ever. */
const MAX_DEATHS = 3;

export interface PoolObjectiveOptions {
  /** Threads. @default as many as the machine can run at once */
  readonly workers?: number;
}

export interface ModulePoolOptions extends PoolObjectiveOptions {
  /** The function that is called. @default 'default' */
  readonly exportName?: string;
}

/** A function of a module, run on threads: each holds a copy of the module, imported once. */
export interface ModulePool<Argument, Result> {
  /**
   * Calls the function, on the next thread that is free. Argument and result are copied (structured clone), the
   * argument not before it is sent: it must not change until then. A call whose thread dies is made again on another,
   * so the function should be pure.
   *
   * @throws Error with the message of what the function threw, or where 3 threads died of the call
   */
  call(argument: Argument): Promise<Result>;
  /** Ends the threads. Calls under way are abandoned. */
  close(): Promise<void>;
}

/** An objective whose functions run on threads: evaluations of one step, or ahead of it, run side by side. */
export interface PoolObjective extends Objective {
  /** Ends the threads. Evaluations under way are abandoned. */
  close(): Promise<void>;
}

/**
 * Opens a pool of threads that call a function which a module exports.
 *
 * @param file of the module: an absolute path, or a `file:` URL
 * @throws RangeError where the file is not given so or is not there, or the number of threads is not a positive integer
 */
export function openModulePool<Argument, Result>(
  file: string | URL,
  options: ModulePoolOptions = {},
): ModulePool<Argument, Result> {
  const { exportName = 'default' } = options;
  const threads = new ModuleThreads(file, options);
  return {
    call: async (argument) => (await threads.call(exportName, [argument])) as Result,
    close: () => threads.close(),
  };
}

/**
 * An objective given as a module's file: its exports `value`, `gradient` and `perExample`, where it has them.
 *
 *     // objective.ts
 *     export function value(x: Float64Array): number { ... }
 *
 *     const objective = await poolObjective(new URL('./objective.ts', import.meta.url));
 *     const { bestLoss } = await minimize(objective, { coordinates: 10, evaluations: 1000, concurrency: 4, dscd: { proposals: 4 } });
 *     await objective.close();
 *
 * @param file of the module: an absolute path, or a `file:` URL
 * @throws RangeError as `openModulePool`
 * @throws Error where the module cannot be imported, or exports no function `value`
 */
export async function poolObjective(file: string | URL, options: PoolObjectiveOptions = {}): Promise<PoolObjective> {
  const threads = new ModuleThreads(file, options);
  try {
    const names = await threads.listFunctions();
    if (!names.includes('value')) {
      throw new Error(`${threads.url} must export a function value, got only [${names.join(', ')}]`);
    }
    const run = (name: string) => (x: Float64Array, step: number) => threads.call(name, [x, step]) as Promise<never>;
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

/** The Piscina pool behind both. */
class ModuleThreads {
  readonly url: string;
  readonly #piscina: Piscina<ModuleCall, ModuleReport>;
  #closed = false;

  constructor(file: string | URL, { workers = availableParallelism() }: PoolObjectiveOptions) {
    this.url = toUrl(file).href;
    if (!Number.isInteger(workers) || workers < 1) {
      throw new RangeError(`workers must be a positive integer, got ${workers}`);
    }
    this.#piscina = new Piscina({
      filename: modulePath(import.meta.url, './module-worker'),
      workerData: { url: this.url } satisfies ModuleWorkerData,
      minThreads: workers, // as many as at most: idle threads above the minimum would stop and lose the module
      maxThreads: workers,
    });
    // A thread that dies without a call, or answers one that was abandoned, costs nobody anything: it is replaced.
    this.#piscina.on('error', () => undefined);
  }

  async listFunctions(): Promise<readonly string[]> {
    return (await this.#run({ exportName: null, args: [] })) as string[];
  }

  async call(exportName: string, args: readonly unknown[]): Promise<unknown> {
    return await this.#run({ exportName, args });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#piscina.destroy();
  }

  async #run(call: ModuleCall): Promise<unknown> {
    for (let deaths = 1; ; deaths++) {
      if (this.#closed) throw new Error(`the pool of ${this.url} was closed`);
      const report = await this.#piscina.run(call).catch(toError);
      if (!(report instanceof Error)) return unwrap(report);
      if (this.#closed) continue;
      if (report.name === 'DataCloneError') {
        throw new TypeError(`what a call takes must be plain data: ${report.message}`);
      }
      if (deaths === MAX_DEATHS) {
        throw new Error(`${MAX_DEATHS} threads died of the same call of ${this.url}: ${report.message}`);
      }
    }
  }
}

/** What a thread died of may be anything. */
function toError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}

/** The result, or the module's exception with its message and stack. */
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
