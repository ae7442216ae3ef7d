import { workerData } from 'piscina';

/** What every thread of a module's pool holds. */
export interface ModuleWorkerData {
  /** Of the module: a `file:` URL. */
  readonly url: string;
}

export interface ModuleCall {
  /** Function to call; null asks for the names of all functions that the module exports. */
  readonly exportName: string | null;
  readonly args: readonly unknown[];
}

/** Exceptions of the module are results like any other: only a thread that dies is an error of the pool's. */
export type ModuleReport =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly message: string; readonly stack: string | null };

const { url } = workerData as ModuleWorkerData;

/** Entry point of a worker thread: calls functions that a module exports. */
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

/** A result that cannot be sent would kill the thread without a word. */
function checkPlain(result: unknown): void {
  try {
    if (typeof result !== 'number') structuredClone(result);
  } catch (error) {
    throw new TypeError(`what a call gives must be plain data: ${(error as Error).message}`);
  }
}
