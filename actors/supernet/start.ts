import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modulePath } from '../module-path.ts';
import { SupernetClient, SupernetLostError } from './client.ts';

/** A process that has not answered for so long hangs: far above the longest step, far below a night. */
const HANG_MS = 5 * 60 * 1000;

/** Characters of the process's last error output that are kept for the message when it dies. */
const KEPT_ERROR_OUTPUT = 2000;

/** A running supernet process and the coordinator's connection to it. */
export interface SupernetProcess {
  /** Where its socket is; workers connect there too. */
  readonly address: string;
  readonly pid: number;
  readonly client: SupernetClient;
  /** Settles when the process has ended, with its last words. */
  readonly exited: Promise<string>;
  /** Ends the process and removes its socket. */
  stop(): Promise<void>;
}

/**
 * Starts a supernet process behind a private socket: a folder only this user can enter, or a named pipe with an
 * unguessable name on Windows.
 *
 * @param options.hangMs milliseconds without an answer after which the process counts as hung and is killed
 * @throws SupernetLostError where the process ends before it is ready; the message carries its last words
 */
export async function startSupernet({ hangMs = HANG_MS } = {}): Promise<SupernetProcess> {
  const windows = process.platform === 'win32';
  const folder = windows ? null : mkdtempSync(join(tmpdir(), 'lesslocal-')); // mkdtemp makes it with mode 0700
  const address = folder === null ? `\\\\.\\pipe\\lesslocal-${randomUUID()}` : join(folder, 'supernet.sock');
  const child = spawn(process.execPath, [modulePath(import.meta.url, './process'), address], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // it is never written to: closed when the process ends
  const exited = lastWords(child);
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
    const watch = watchHealth(client, child, hangMs);
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

/** Asks for the process's health again and again. Calls are answered in order, so a long step delays the answer. */
function watchHealth(client: SupernetClient, child: ChildProcess, hangMs: number): NodeJS.Timeout {
  let asked = false;
  const ask = async (): Promise<void> => {
    if (asked || !client.alive) return;
    asked = true;
    const alarm = setTimeout(() => child.kill('SIGKILL'), hangMs);
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
    child.on('close', (code, signal) => resolve(`${signal ?? `exit code ${code}`} ${words.trim()}`.trim()));
  });
}
