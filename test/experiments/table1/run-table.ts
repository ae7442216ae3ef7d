import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A line that a table prints with `--json`. */
export interface TableLine {
  readonly event: string;
  readonly folder?: string;
  readonly phase?: string;
  readonly step?: number;
  readonly [fact: string]: unknown;
}

interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly TableLine[];
}

/** `node experiments/table1.ts`, or another experiment of many runs, with arguments. */
export class TableProgram {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  readonly #lines: TableLine[] = [];
  #wake: (line: TableLine) => void = () => undefined;

  constructor(args: readonly string[], program: 'table1' | 'methods' = 'table1') {
    const file = fileURLToPath(new URL(`../../../experiments/${program}.ts`, import.meta.url));
    const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let [stdout, stderr] = ['', ''];
    createInterface({ input: child.stdout }).on('line', (text) => {
      stdout += `${text}\n`;
      if (!text.startsWith('{')) return;
      const line = JSON.parse(text) as TableLine;
      this.#lines.push(line);
      this.#wake(line);
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (code) => resolve({ code, stdout, stderr, lines: this.#lines }));
    });
  }

  /** Waits for a line, or for the end. */
  async until(isIt: (line: TableLine) => boolean): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      this.#wake = (line) => {
        if (isIt(line)) resolve();
      };
    });
    await Promise.race([seen, this.ended]);
  }
}

/** The files of a table, without what the clock says. */
export function filesOf(path: string, table: string): Record<string, unknown> {
  const read = (extension: string): string => readFileSync(join(path, `${table}.${extension}`), 'utf8');
  const json = JSON.parse(read('json')) as { runs?: { seconds: unknown }[] };
  return { ...json, runs: json.runs?.map(({ seconds, ...run }) => run), csv: read('csv'), markdown: read('md') };
}
