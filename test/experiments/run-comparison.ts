import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A comparison that runs as a program of its own. */
export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
}

/** Starts `experiments/synthetic.ts`. */
export function startSynthetic(args: readonly string[]): Program {
  const file = fileURLToPath(new URL('../../experiments/synthetic.ts', import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ending>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  return { child, ended };
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'comparison-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** JSON objects, one a line. */
export function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Results of a folder, without what the clock says. */
export function readResults(folder: string): Record<string, unknown>[] {
  return parseLines(readFileSync(join(folder, 'results.jsonl'), 'utf8')).map(({ seconds, ...result }) => {
    if (typeof seconds !== 'number') throw new Error(`seconds must be a number, got ${seconds}`);
    return result;
  });
}
