import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OptionsError } from '../options/options-error.ts';

/** Not in the published package. */
const TOOL = fileURLToPath(new URL('../../tools/inspect.ts', import.meta.url));

/** @throws OptionsError where there is no inspector to open */
export function checkInspector(): void {
  if (!existsSync(TOOL)) throw new OptionsError('inspect needs the repository: the package has no tools');
}

/**
 * Opens the trace inspector beside a run. It says where, and keeps this process alive until it is closed; it ends with
 * this process too, for its input is a pipe from here.
 *
 * @returns closes it
 */
export function openInspector(run: string): () => void {
  // Standard output may be JSON, so what the inspector says goes to standard error.
  const inspector = spawn(process.execPath, [TOOL, run, '--follow', '--attached'], { stdio: ['pipe', 2, 2] });
  return () => inspector.stdin?.end();
}
