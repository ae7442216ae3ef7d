/**
 * `node tools/sanitize.ts`: runs the CPU engine's C code under AddressSanitizer and UndefinedBehaviorSanitizer, in a copy
 * of the repository that is removed again. It runs every operation alone, with all memory around its tensors marked as
 * not to be touched; the golden cases with one thread and with three; and retrained networks with one to three. First it
 * tries out that a float too far is found. Exit code 0: clean; 1: not clean; 3: not tried, because there is no compiler
 * with sanitizers that Node.js runs under.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endAtClosedOutput } from '../src/command/exit.ts';
import { KERNEL_FILES } from '../src/engine/cpu/run/kernel-files.ts';

endAtClosedOutput();

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COPIED = ['src', 'tools', 'test/golden', 'test/engine', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
const BUILD = 'src/engine/cpu/build';
const SINGLE = 'test/engine/cpu/kernels';
const GUARDS = `${SINGLE}/guards.test.ts`;
const RETRAINED = 'test/engine/cpu/retrained.test.ts';

/** The checks of alignment stay on: the kernels' vector types are declared to lie at any float. */
const SANITIZE = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g', '-O1'];
const FLAGS = [...SANITIZE, '-march=native', '-ffp-contract=fast', '-std=gnu11', '-shared', '-fPIC'];
const COMPILER = process.env.CC ?? 'cc';

/** Ends the tool with one line, after the report that it is about. */
class Verdict extends Error {
  readonly exitCode: number;
  readonly report: string;

  constructor(exitCode: number, line: string, report = '') {
    super(line);
    this.exitCode = exitCode;
    this.report = report;
  }
}

interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

let child: ChildProcess | null = null;
const folder = mkdtempSync(join(tmpdir(), 'sanitize-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const) {
  process.once(signal, () => {
    // The group has the processes that it started too.
    if (child?.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    process.exit(128 + number);
  });
}

try {
  const environment = await sanitizers();
  await build();
  const alone = await checkOperations(environment);
  await checkGolden(environment);
  const retrained = await checkTests([RETRAINED], 'a retrained network', environment);
  const golden = 'the golden cases with 1 thread and with 3';
  finish(
    new Verdict(0, `clean: ${alone} tests of single operations, ${golden}, ${retrained} tests of retrained networks`),
  );
} catch (error) {
  if (!(error instanceof Verdict)) throw error;
  finish(error);
}

function finish({ exitCode, message, report }: Verdict): void {
  process.stdout.write(`${report}sanitize: ${message}\n`);
  process.exitCode = exitCode;
}

/** The environment in which a process can load a build with sanitizers. */
async function sanitizers(): Promise<NodeJS.ProcessEnv> {
  const source = join(folder, 'probe.c');
  writeFileSync(source, 'int probe(void) { return 0; }\n');
  const { status, output } = await run(COMPILER, [...FLAGS, source, '-o', join(folder, 'probe.so')]);
  if (status !== 0) throw new Verdict(3, `not tried, ${COMPILER} has no sanitizers (${firstLine(output)})`);
  const library = (await run(COMPILER, ['-print-file-name=libasan.so'])).output.trim();
  if (!isAbsolute(library))
    throw new Verdict(3, `not tried, ${COMPILER} has no libasan.so that Node.js could load first`);
  const environment = {
    LD_PRELOAD: library,
    // Node.js does not free everything at its end.
    ASAN_OPTIONS: 'detect_leaks=0',
    UBSAN_OPTIONS: 'print_stacktrace=1',
    SANITIZE_POISON: join(folder, 'poison.node'),
  };
  const started = await run(process.execPath, ['--version'], environment);
  if (started.status !== 0) {
    throw new Verdict(3, `not tried, Node.js does not start with ${library} (${firstLine(started.output)})`);
  }
  return environment;
}

/** Makes the copy, with kernels of its own. */
async function build(): Promise<void> {
  for (const path of COPIED) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true, filter: (from) => from !== join(ROOT, BUILD) });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  mkdirSync(join(folder, BUILD), { recursive: true });
  const headers = dirname(createRequire(import.meta.url).resolve('node-api-headers/include/node_api.h'));
  const kernels = ['addon.c', 'executor.c'].map((name) => join(folder, 'src/engine/cpu/kernels', name));
  for (const [sources, target] of [
    [kernels, join(BUILD, KERNEL_FILES.native)],
    [[join(folder, SINGLE, 'poison.c')], 'poison.node'],
  ] as const) {
    const { status, output } = await run(COMPILER, [...FLAGS, `-I${headers}`, ...sources, '-o', join(folder, target)]);
    if (status !== 0) throw new Verdict(1, `${target} could not be built`, output);
  }
}

/** Runs every operation alone; returns how many tests there were. */
async function checkOperations(environment: NodeJS.ProcessEnv): Promise<number> {
  for (const planted of ['read', 'written']) {
    const { output } = await vitest([GUARDS, '-t', planted], environment);
    if (output.includes('AddressSanitizer: use-after-poison')) continue;
    throw new Verdict(1, `a float ${planted} beyond a tensor on purpose was not reported`, output);
  }
  return await checkTests([SINGLE, '--exclude', GUARDS], 'an operation alone', environment);
}

/** Runs tests of the copy; returns how many there were. */
async function checkTests(args: readonly string[], what: string, environment: NodeJS.ProcessEnv): Promise<number> {
  const { status, output } = await vitest(args, environment);
  if (status !== 0) throw new Verdict(1, `${what} is not clean`, output);
  return Number(/Tests\s+(\d+) passed/.exec(output)?.[1]);
}

async function checkGolden(environment: NodeJS.ProcessEnv): Promise<void> {
  for (const threads of ['1', '3']) {
    const engine = ['--engine', 'cpu', '--kernels', 'native', '--threads', threads];
    const { status, output } = await run(process.execPath, ['tools/golden.ts', 'test/golden', ...engine], environment);
    if (status !== 0) throw new Verdict(1, `the golden cases are not clean with threads = ${threads}`, output);
  }
}

function vitest(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Outcome> {
  const command = join(folder, 'node_modules/vitest/vitest.mjs');
  return run(process.execPath, [command, 'run', '--no-color', ...args], environment);
}

function run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    let output = '';
    const listen = (text: Buffer): void => {
      output += text;
    };
    child = spawn(command, args, { cwd: folder, env: { ...process.env, ...environment }, detached: true });
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('error', (error) => resolve({ status: null, output: error.message }));
    child.once('close', (status) => {
      child = null;
      resolve({ status, output });
    });
  });
}

function firstLine(output: string): string {
  return output.trim().split('\n')[0] || 'it says nothing';
}
