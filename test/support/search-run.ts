import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { DoneEvent, RetrainedEvent, RetrainingEvent, SearchEvent } from '../../actors/index.ts';
import { writeTinyCifar } from './tiny-cifar.ts';

/** What a program reports, by the program's name. */
interface Reports {
  readonly cifar10: SearchEvent;
  readonly retrain: RetrainingEvent;
}
type Program = keyof Reports;

/** How a process ended. */
export interface Ending<Name extends Program = 'cifar10'> {
  readonly code: number | null;
  readonly stderr: string;
  readonly stdout: string;
  readonly events: readonly Reports[Name][];
}

/** What is unusual about the place a run runs in. */
export interface Surroundings {
  /** Environment variables besides this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Size beyond which no file can grow. */
  readonly fileLimitKiB?: number;
  /** Whether the run writes its report, which takes longer than a tiny run. @default false */
  readonly report?: boolean;
}

/** A running search on a tiny data set, at smoke size, reporting JSON; or a retraining. */
export class SearchRun<Name extends Program = 'cifar10'> {
  readonly child: ChildProcess;
  readonly events: Reports[Name][] = [];
  readonly ended: Promise<Ending<Name>>;
  #wakers: (() => void)[] = [];

  constructor(
    args: readonly string[],
    { env = {}, fileLimitKiB, report = false }: Surroundings = {},
    program: Program = 'cifar10',
  ) {
    const file = fileURLToPath(new URL(`../../experiments/${program}.ts`, import.meta.url));
    const command = [process.execPath, file, ...args, ...(report ? [] : ['--no-report'])];
    // The shell sets the limit and becomes the program: same process, same signals.
    const [executable = '', ...rest] =
      fileLimitKiB === undefined ? command : ['bash', '-c', `ulimit -f ${fileLimitKiB}; exec "$@"`, 'bash', ...command];
    this.child = spawn(executable, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let [stdout, stderr] = ['', ''];
    const { stdout: out, stderr: err } = this.child;
    if (!out || !err) throw new Error('the child has no output');
    createInterface({ input: out }).on('line', (line) => {
      stdout += `${line}\n`;
      if (line.startsWith('{')) this.events.push(JSON.parse(line));
      this.#wake();
    });
    err.on('data', (chunk) => {
      stderr += chunk;
    });
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code) => {
        resolve({ code, stdout, stderr, events: this.events });
        this.#wake();
      });
    });
  }

  /** Waits until an event is there, or until the run has ended. */
  async until(isIt: (event: Reports[Name]) => boolean): Promise<void> {
    let over = false;
    void this.ended.then(() => {
      over = true;
    });
    while (!over && !this.events.some(isIt)) {
      await new Promise<void>((resolve) => this.#wakers.push(resolve));
    }
  }

  /** Process id of the supernet: the only child of the run. */
  supernetPid(): number {
    return Number(execFileSync('pgrep', ['-P', String(this.child.pid)], { encoding: 'utf8' }).trim());
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }
}

/** A folder for one test, and arguments of a small search in it, or of a small retraining. */
export class SearchBench<Name extends Program = 'cifar10'> {
  readonly folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  readonly data = join(this.folder, 'data');
  readonly #program: Program;

  constructor(program: Program = 'cifar10') {
    this.#program = program;
    writeTinyCifar(this.data, { train: 96, test: 32 });
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 }));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  start(name: string, args: readonly string[] = [], surroundings: Surroundings = {}): SearchRun<Name> {
    const fixed = ['--preset', 'smoke', '--json', '--data', this.data, '--out', this.path(name)];
    return new SearchRun([...fixed, ...args], surroundings, this.#program);
  }

  /** The pictures are found where the run began with them. */
  resume(name: string, args: readonly string[] = [], surroundings: Surroundings = {}): SearchRun<Name> {
    return new SearchRun(['--json', '--resume', this.path(name), ...args], surroundings, this.#program);
  }

  /** The lines of a run's log, without what differs between two runs of the same search: times and processes. */
  log(name: string, file: 'metrics' | 'trace' | 'alpha'): object[] {
    const text = readFileSync(join(this.path(name), `${file}.jsonl`), 'utf8');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    return lines.map(({ t, pool, supernet, seconds, overhead, imagesPerSecond, run, ...line }) => line);
  }
}

/** The last event of a run that came to its end. */
export async function finished(run: SearchRun): Promise<DoneEvent>;
export async function finished(run: SearchRun<'retrain'>): Promise<RetrainedEvent>;
export async function finished(run: SearchRun | SearchRun<'retrain'>): Promise<DoneEvent | RetrainedEvent> {
  const { code, stderr, events } = await run.ended;
  const last = events.at(-1);
  if (code !== 0 || last?.event !== 'done') throw new Error(`the run ended with ${code}: ${stderr}`);
  return last;
}

/** What a run says that ends with exit code 2: one sentence on standard error, and nothing else. */
export async function refusal(run: SearchRun | SearchRun<'retrain'>): Promise<string> {
  const { code, stderr } = await run.ended;
  if (code !== 2 || !/^error: .*\n$/.test(stderr)) throw new Error(`the run ended with ${code}: ${stderr}`);
  return stderr;
}

/** SHA-256 of what a search found and how it came there, for comparing two runs. */
export function fingerprint(bench: SearchBench, name: string): string {
  const decisions = bench.log(name, 'trace').filter((line) => (line as { event: string }).event === 'decision');
  const everything = [decisions, bench.log(name, 'alpha'), bench.log(name, 'metrics')];
  const alphaSteps = readFileSync(join(bench.path(name), 'alpha-steps.f64'));
  return createHash('sha256').update(JSON.stringify(everything)).update(alphaSteps).digest('hex');
}
