import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { DoneEvent, RetrainedEvent, RetrainingEvent, SearchEvent } from '../../actors/index.ts';
import { runSearch } from '../../experiments/cifar10.ts';
import { runRetraining } from '../../experiments/retrain.ts';
import { type CapturedIo, captureIo, runInProcess } from './run-in-process.ts';
import { writeTinyCifar } from './tiny-cifar.ts';

/** Events of a program, by its name. */
interface Reports {
  readonly cifar10: SearchEvent;
  readonly retrain: RetrainingEvent;
}
type ProgramName = keyof Reports;

const PROGRAMS = { cifar10: runSearch, retrain: runRetraining };

/** Tiny networks take less CPU on one thread, and come to the same result. */
const ONE_THREAD = ['--threads', '1'];

// Programs and supernets start faster if Node.js keeps what it compiled.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'lesslocal-test-compiled');

/** How a process ended. */
export interface Ending<Name extends ProgramName = 'cifar10'> {
  readonly code: number | null;
  readonly stderr: string;
  readonly stdout: string;
  readonly events: readonly Reports[Name][];
}

/** Unusual surroundings of a run. */
export interface Surroundings {
  /** Environment variables besides this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Size beyond which no file can grow. */
  readonly fileLimitKiB?: number;
  /** Whether the run writes its report, which takes longer than a tiny run. @default false */
  readonly report?: boolean;
}

/** A run whose events can be waited for. */
abstract class Run<Name extends ProgramName> {
  readonly events: Reports[Name][] = [];
  abstract readonly ended: Promise<Ending<Name>>;
  #wakers: (() => void)[] = [];

  /** Waits until an event is there, or until the run has ended. */
  async until(isIt: (event: Reports[Name]) => boolean): Promise<void> {
    let over = false;
    void this.ended.then(() => {
      over = true;
      this.wake();
    });
    while (!over && !this.events.some(isIt)) {
      await new Promise<void>((resolve) => this.#wakers.push(resolve));
    }
  }

  /** Takes a line of standard output. */
  protected take(line: string): void {
    if (line.startsWith('{')) this.events.push(JSON.parse(line));
    this.wake();
  }

  protected wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }
}

/** A search, or a retraining, in this process: for tests that end no process. */
export class LocalRun<Name extends ProgramName = 'cifar10'> extends Run<Name> {
  readonly ended: Promise<Ending<Name>>;
  readonly #io: CapturedIo;
  #seen = 0;

  constructor(args: readonly string[], { report = false }: Surroundings = {}, program: ProgramName = 'cifar10') {
    super();
    this.#io = captureIo(`node experiments/${program}.ts`, () => this.#read());
    const ended = runInProcess(PROGRAMS[program], [...args, ...(report ? [] : ['--no-report'])], this.#io);
    this.ended = ended.then((ending) => ({ ...ending, events: this.events }));
  }

  /** Does what Ctrl-C does. */
  interrupt(): void {
    this.#io.signals.emit('SIGINT');
  }

  /** Takes the lines that are whole. */
  #read(): void {
    const { text } = this.#io.stdout;
    for (let end = text.indexOf('\n', this.#seen); end >= 0; end = text.indexOf('\n', this.#seen)) {
      this.take(text.slice(this.#seen, end));
      this.#seen = end + 1;
    }
  }
}

/** A search, or a retraining, in a process of its own, which can be killed. */
export class SearchRun<Name extends ProgramName = 'cifar10'> extends Run<Name> {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending<Name>>;

  constructor(
    args: readonly string[],
    { env = {}, fileLimitKiB, report = false }: Surroundings = {},
    program: ProgramName = 'cifar10',
  ) {
    super();
    const file = fileURLToPath(new URL(`../../experiments/${program}.ts`, import.meta.url));
    const command = [process.execPath, file, ...args, ...(report ? [] : ['--no-report'])];
    // The shell sets the limit and becomes the program: same process, same signals.
    const [executable = '', ...rest] =
      fileLimitKiB === undefined ? command : ['bash', '-c', `ulimit -f ${fileLimitKiB}; exec "$@"`, 'bash', ...command];
    this.child = spawn(executable, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let [stdout, stderr] = ['', ''];
    const { stdout: out, stderr: err } = this.child;
    if (!out || !err) throw new Error('the child has no output');
    createInterface({ input: out }).on('line', (line) => {
      stdout += `${line}\n`;
      this.take(line);
    });
    err.on('data', (chunk) => {
      stderr += chunk;
    });
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code) => resolve({ code, stdout, stderr, events: this.events }));
    });
  }

  /** Process id of the supernet: the only child of the run. */
  supernetPid(): number {
    return Number(execFileSync('pgrep', ['-P', String(this.child.pid)], { encoding: 'utf8' }).trim());
  }
}

/** A folder for one test, and arguments of a small search in it, or of a small retraining. */
export class SearchBench<Name extends ProgramName = 'cifar10'> {
  readonly folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  readonly data = join(this.folder, 'data');
  readonly #program: ProgramName;

  constructor(program: ProgramName = 'cifar10') {
    this.#program = program;
    writeTinyCifar(this.data, { train: 96, test: 32 });
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 }));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Starts a process. */
  start(name: string, args: readonly string[] = [], surroundings: Surroundings = {}): SearchRun<Name> {
    return new SearchRun(this.#startArgs(name, args), surroundings, this.#program);
  }

  /** Resumes a run in a process. The pictures are found where the run began with them. */
  resume(name: string, args: readonly string[] = [], surroundings: Surroundings = {}): SearchRun<Name> {
    return new SearchRun(this.#resumeArgs(name, args), surroundings, this.#program);
  }

  /** Starts a run in this process. */
  startHere(name: string, args: readonly string[] = [], surroundings: Surroundings = {}): LocalRun<Name> {
    return new LocalRun(this.#startArgs(name, args), surroundings, this.#program);
  }

  /** Resumes a run in this process. */
  resumeHere(name: string, args: readonly string[] = [], surroundings: Surroundings = {}): LocalRun<Name> {
    return new LocalRun(this.#resumeArgs(name, args), surroundings, this.#program);
  }

  #startArgs(name: string, args: readonly string[]): string[] {
    const elsewhere = ['--threads', '--backend', 'tfjs'].some((arg) => args.includes(arg));
    const fixed = ['--preset', 'smoke', '--json', '--data', this.data, '--out', this.path(name)];
    return [...fixed, ...(elsewhere ? [] : ONE_THREAD), ...args];
  }

  #resumeArgs(name: string, args: readonly string[]): string[] {
    return ['--json', '--resume', this.path(name), ...args];
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
export async function finished(run: Run<'cifar10'>): Promise<DoneEvent>;
export async function finished(run: Run<'retrain'>): Promise<RetrainedEvent>;
export async function finished(run: Run<ProgramName>): Promise<DoneEvent | RetrainedEvent> {
  const { code, stderr, events } = await run.ended;
  const last = events.at(-1);
  if (code !== 0 || last?.event !== 'done') throw new Error(`the run ended with ${code}: ${stderr}`);
  return last;
}

/** The one sentence on standard error of a run that ends with exit code 2, and says nothing else. */
export async function refusal(run: Run<ProgramName>): Promise<string> {
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
