import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUN_FILES } from '../../src/record/run-folder.ts';
import type { BlowOrder } from './blow.ts';
import type { StormJob } from './storm-jobs.ts';

/** Processes start faster if Node.js keeps what it compiled. */
const COMPILED = join(tmpdir(), 'lesslocal-storm-compiled');
const BLOW = new URL('./blow.ts', import.meta.url);

/** How a process ended. */
export interface LifeEnd {
  /** null if a signal ended it. */
  readonly code: number | null;
  readonly stderr: string;
}

/**
 * Begins a run, or resumes the one in the folder, in a process of its own.
 *
 * @param order blow that the process strikes itself; null for none
 * @param onStart receives the process
 */
export async function runLife(
  job: StormJob,
  path: string,
  order: BlowOrder | null,
  onStart: (child: ChildProcess) => void = () => undefined,
): Promise<LifeEnd> {
  const file = fileURLToPath(new URL(`../../experiments/${job.program}.ts`, import.meta.url));
  const begun = existsSync(join(path, RUN_FILES.config));
  const args = begun ? ['--json', '--no-report', '--resume', path] : [...job.args, '--out', path];
  const env = {
    NODE_COMPILE_CACHE: COMPILED,
    ...process.env,
    ...(order === null ? {} : { STORM_BLOW: JSON.stringify(order) }),
  };
  const hook = order === null ? [] : ['--import', BLOW.href];
  const child = spawn(process.execPath, [...hook, file, ...args], { stdio: ['ignore', 'ignore', 'pipe'], env });
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  onStart(child);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stderr };
}

/** Ids of a process's children, by Linux's list of processes; the first is the supernet of a run. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
