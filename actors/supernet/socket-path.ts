import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OptionsError } from '../../src/options/parse-options.ts';
import { isAlive, pidsOf } from '../../src/record/lock-owner.ts';

/** Bytes of a socket's path on macOS; Linux takes 107. */
const MAX_BYTES = 103;

/** Name of a socket's folder, before six letters of its own: the process, and the space that its id is in. */
const folderOf = (pid: number): string => `lesslocal-${pid}-${pidsOf() ?? 0}-`;

/**
 * Makes a folder of its own for a socket, which only this user can enter, among the system's temporary files. Removes those
 * of processes that were killed together with their supernets.
 *
 * @returns the path of the socket to come
 * @throws OptionsError if there is no folder of temporary files, or its path is too long for a socket
 */
export function makeSocketPath(): string {
  const place = tmpdir();
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new OptionsError(`TMPDIR must be a folder, got ${JSON.stringify(place)}`);
  }
  const bytes = Buffer.byteLength(join(place, `${folderOf(process.pid)}${'-'.repeat(6)}`, 'supernet.sock'));
  if (bytes > MAX_BYTES) {
    throw new OptionsError(
      `TMPDIR must be shorter by ${bytes - MAX_BYTES} bytes, so that a socket’s path has at most ${MAX_BYTES}, got ${JSON.stringify(place)}`,
    );
  }
  sweep(place);
  return join(mkdtempSync(join(place, folderOf(process.pid))), 'supernet.sock'); // with mode 0700
}

/** Removes the folders of dead processes. */
function sweep(place: string): void {
  for (const name of readdirSync(place)) {
    const [, pid = '0'] = /^lesslocal-([1-9]\d*)-\d+-\w{6}$/.exec(name) ?? [];
    if (pid === '0' || !name.startsWith(folderOf(Number(pid))) || isAlive(Number(pid))) continue;
    try {
      rmSync(join(place, name), { recursive: true, force: true });
    } catch {
      // It is another user's.
    }
  }
}
