import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Whether this system lets a process have a host name of its own. */
export const HAS_HOSTS = spawnSync('unshare', ['-u', 'true']).status === 0;

/** A line that a program prints with `--json`. */
export interface BoxLine {
  readonly event: string;
  /** When it came, by this process's clock. */
  readonly at: number;
  readonly [fact: string]: unknown;
}

/** How a program on a box ended. */
export interface BoxEnd {
  readonly code: number | null;
  readonly stderr: string;
}

/** A program on a made-up machine: a host name of its own, where the system allows that. */
export class Box {
  readonly name: string;
  readonly child: ChildProcess;
  readonly ended: Promise<BoxEnd>;
  readonly lines: BoxLine[] = [];
  #hear: (line: BoxLine) => void = () => undefined;

  /** @param argv file below the root of the repository, and its arguments */
  constructor(name: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.name = name;
    const command = [process.execPath, ...argv];
    // The shell gives way to the program, so that signals reach it.
    const [file = '', ...args] = HAS_HOSTS
      ? ['unshare', '-u', 'sh', '-c', 'hostname "$0" && exec "$@"', name, ...command]
      : command;
    const child = spawn(file, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.child = child;
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (!text.startsWith('{')) return;
      const line = { ...(JSON.parse(text) as BoxLine), at: performance.now() };
      this.lines.push(line);
      this.#hear(line);
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (code) => resolve({ code, stderr }));
    });
  }

  /** Waits for a line that it has not printed yet. @returns null if it ends before */
  async until(isIt: (line: BoxLine) => boolean): Promise<BoxLine | null> {
    const heard = new Promise<BoxLine>((resolve) => {
      this.#hear = (line) => {
        if (isIt(line)) resolve(line);
      };
    });
    return await Promise.race([heard, this.ended.then(() => null)]);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }
}

/** Waits for the n-th line about a step from now on. @returns false if the box ends before */
export async function afterSteps(box: Box, count: number): Promise<boolean> {
  let seen = 0;
  return (await box.until(({ event }) => event === 'step' && ++seen >= count)) !== null;
}
