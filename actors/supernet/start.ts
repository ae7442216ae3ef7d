import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SupernetCall, SupernetCalls } from '../messages.ts';
import { modulePath } from '../module-path.ts';
import { SupernetClient } from './client.ts';
import { makeSocketPath } from './socket-path.ts';
import { type Supernet, SupernetLostError } from './supernet.ts';

/** Milliseconds without an answer after which a process counts as hung, unless its steps are longer. */
export const HANG_MS = 10 * 60 * 1000;

/** Characters of the process's last error output that are kept for the message when it dies. */
const KEPT_ERROR_OUTPUT = 2000;

/** Milliseconds that a lost process is given to end, so that its last words are known. */
const LAST_WORDS_MS = 1000;

/** A running supernet process and the coordinator's connection to it. */
export interface SupernetProcess extends Supernet {
  readonly pid: number;
  /** Settles when the process has ended, with how it ended and its last words. One line. */
  readonly exited: Promise<string>;
  /** Calls the supernet, as `Supernet` does, for any of its calls. */
  call<C extends SupernetCall>(call: C, args: SupernetCalls[C]['arguments']): Promise<SupernetCalls[C]['result']>;
}

/**
 * Starts a supernet process behind a private socket: in a folder that only this user can enter, or on Windows a named
 * pipe with an unguessable name.
 *
 * @param options.hangMs milliseconds without an answer after which the process counts as hung and is killed. A step
 *   blocks the process, so this must be far above the longest step. @default 10 minutes
 * @throws SupernetLostError if the process ends before it is ready; the message carries its last words
 * @throws OptionsError if the socket has no place
 * @throws Error of the system if it starts no process
 */
export async function startSupernet({ hangMs = HANG_MS } = {}): Promise<SupernetProcess> {
  const windows = process.platform === 'win32';
  const address = windows ? `\\\\.\\pipe\\lesslocal-${randomUUID()}` : makeSocketPath();
  const child = spawn(process.execPath, [modulePath(import.meta.url, './process'), address], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own: Ctrl-C in a terminal is for the coordinator, which decides when this process ends.
    detached: !windows,
  });
  if (child.pid === undefined) throw (await once(child, 'error'))[0]; // such as EMFILE; it has no streams then
  const { pid } = child;
  child.stdin.on('error', () => undefined); // it is never written to: closed when the process ends
  let hung: string | null = null;
  const exited = lastWords(child).then((words) => (hung === null ? words : `${hung} (${words})`));
  const removeFolder = (): void => {
    if (!windows) rmSync(dirname(address), { recursive: true, force: true });
  };
  void exited.then(removeFolder);
  try {
    await Promise.race([
      ready(child),
      exited.then((words) => {
        throw new SupernetLostError(`the supernet process ended before it was ready: ${words}`);
      }),
    ]);
    const client = await SupernetClient.connect(address);
    const watch = watchHealth(client, hangMs, () => {
      hung = `it did not answer for ${hangMs / 1000} s and was killed`;
      child.kill('SIGKILL');
    });
    void exited.then(() => clearInterval(watch));
    const stop = async (): Promise<void> => {
      client.close();
      child.kill('SIGKILL');
      await exited;
    };
    return {
      address,
      pid,
      exited,
      call: (call, args) => client.call(call, args),
      explainLoss: async (error) => {
        const words = await Promise.race([exited, sleep(LAST_WORDS_MS, null, { ref: false })]);
        return words === null ? error : new SupernetLostError(`${error.message}: ${words}`, { cause: error });
      },
      stop,
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** Asks for the process's health again and again. The answer waits for the end of a step, which blocks the process. */
function watchHealth(client: SupernetClient, hangMs: number, onHang: () => void): NodeJS.Timeout {
  let asked = false;
  const ask = async (): Promise<void> => {
    if (asked || !client.alive) return;
    asked = true;
    // If this process itself was stopped (Ctrl-Z), the answer may be there: it is read before the judgment.
    const alarm = setTimeout(() => setImmediate(() => asked && onHang()), hangMs);
    try {
      await client.call('health', null);
    } catch {
      // The users of the connection learn of the loss themselves.
    }
    clearTimeout(alarm);
    asked = false;
  };
  return setInterval(() => void ask(), hangMs / 10).unref();
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.stdout?.once('data', () => resolve()));
}

function lastWords(child: ChildProcess): Promise<string> {
  let words = '';
  child.stderr?.on('data', (chunk) => {
    words = (words + chunk).slice(-KEPT_ERROR_OUTPUT);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      const tail = words.trim().replaceAll(/\s+/g, ' ');
      resolve(`${signal ?? `exit code ${code}`}${tail === '' ? '' : `: ${tail}`}`);
    });
  });
}
