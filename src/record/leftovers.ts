import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './lock-owner.ts';

/** Name of a file in the making: that of the file, the process and the ending; see `writeFileAtomically`, `takeLock`. */
const IN_THE_MAKING = /^.+\.([1-9]\d*)\.tmp$/;

/** Tells whether a file in a folder is one in the making, whole or not. */
export function isInTheMaking(name: string): boolean {
  return IN_THE_MAKING.test(name);
}

/**
 * Removes the files that processes of this machine were making when they were killed.
 *
 * @param names tells whether a file of that name is made there
 */
export function sweepFolder(folder: string, names: (name: string) => boolean): void {
  for (const entry of entriesOf(folder)) {
    const pid = Number(IN_THE_MAKING.exec(entry)?.[1] ?? 0);
    const name = entry.replace(/(\.[0-9a-f]{8})?\.\d+\.tmp$/, '');
    if (pid > 0 && names(name) && (pid === process.pid || !isAlive(pid))) rmSync(join(folder, entry), { force: true });
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
