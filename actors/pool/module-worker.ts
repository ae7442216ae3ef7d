import { workerData } from 'piscina';

/** Data that every thread of a module's pool holds. */
export interface ModuleWorkerData {
  /** The module's `file:` URL. */
  readonly url: string;
}

/** A call of a module's function. */
export interface ModuleCall {
  /** Name of the function; null asks for the names of all functions that the module exports. */
  readonly exportName: string | null;
  readonly args: readonly unknown[];
}

/** A thread's answer. An exception of the module is an answer too: only a thread that dies is an error of the pool. */
export type ModuleReport =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly message: string; readonly stack: string | null };

const { url } = workerData as ModuleWorkerData;

/** Entry point of a worker thread. Calls functions that a module exports. */
export default async function call({ exportName, args }: ModuleCall): Promise<ModuleReport> {
  try {
    const exported: Record<string, unknown> = await import(url);
    const functions = Object.keys(exported).filter((name) => typeof exported[name] === 'function');
    if (exportName === null) return { ok: true, result: functions };
    const target = exported[exportName];
    if (typeof target !== 'function') {
      const message = `${url} must export a function ${exportName}, got only [${functions.join(', ')}]`;
      return { ok: false, message, stack: null };
    }
    const result: unknown = await target(...args);
    checkPlain(result);
    return { ok: true, result };
  } catch (error) {
    if (!(error instanceof Error)) return { ok: false, message: String(error), stack: null };
    return { ok: false, message: error.message, stack: error.stack ?? null };
  }
}

/** Checks that a result can be sent: one that cannot would kill the thread without a word. */
function checkPlain(result: unknown): void {
  try {
    if (typeof result !== 'number') structuredClone(result);
  } catch (error) {
    throw new TypeError(`the result of a call must be plain data: ${(error as Error).message}`);
  }
}
