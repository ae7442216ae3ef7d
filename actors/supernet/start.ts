import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modulePath } from '../module-path.ts';
import { SupernetClient } from './client.ts';
import { SupernetLostError } from './errors.ts';

/** A process that has not answered for so long hangs, unless its steps are longer. */
export const HANG_MS = 10 * 60 * 1000;

/** Characters of the process's last error output that are kept for the message when it dies. */
const KEPT_ERROR_OUTPUT = 2000;

/** A running supernet process and the coordinator's connection to it. */
export interface SupernetProcess {
  /** Where its socket is; workers connect there too. */
  readonly address: string;
  readonly pid: number;
  readonly client: SupernetClient;
  /** Settles when the process has ended, with how it ended and its last words. One line. */
  readonly exited: Promise<string>;
  /** Ends the process and removes its socket. */
  stop(): Promise<void>;
}

/**
 * Starts a supernet process behind a private socket: a folder only this user can enter, or a named pipe with an
 * unguessable name on Windows.
 *
 * @param options.hangMs milliseconds without an answer after which the process counts as hung and is killed: far above
 *   the longest step, which blocks it. @default 10 minutes
 * @throws SupernetLostError where the process ends before it is ready; the message carries its last words
 */
export async function startSupernet({ hangMs = HANG_MS } = {}): Promise<SupernetProcess> {
  const windows = process.platform === 'win32';
  const folder = windows ? null : mkdtempSync(join(tmpdir(), 'lesslocal-')); // mkdtemp makes it with mode 0700
  const address = folder === null ? `\\\\.\\pipe\\lesslocal-${randomUUID()}` : join(folder, 'supernet.sock');
  const child = spawn(process.execPath, [modulePath(import.meta.url, './process'), address], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own: Ctrl-C in a terminal is for the coordinator, which decides when this process ends.
    detached: !windows,
  });
  child.stdin.on('error', () => undefined); // it is never written to: closed when the process ends
  let hung: string | null = null;
  const exited = lastWords(child).then((words) => (hung === null ? words : `${hung} (${words})`));
  const removeFolder = (): void => {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
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
    return { address, pid: child.pid as number, client, exited, stop };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** Asks for the process's health again and again. A step blocks the process, which delays the answer to its end. */
function watchHealth(client: SupernetClient, hangMs: number, onHang: () => void): NodeJS.Timeout {
  let asked = false;
  const ask = async (): Promise<void> => {
    if (asked || !client.alive) return;
    asked = true;
    // Where this process itself was stopped (Ctrl-Z) the answer may be there: it is read before the judgment.
    const alarm = setTimeout(() => setImmediate(() => asked && onHang()), hangMs);
    try {
      await client.call('health', null);
    } catch {
      // The connection's own users learn of it.
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
