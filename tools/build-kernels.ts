/**
 * `node tools/build-kernels.ts [--force]`: builds the CPU engine's kernels, natively by the machine's own C compiler
 * (`CC`, else `cc`), and to WebAssembly by a clang that is itself an npm package. Runs after `npm ci`. First it writes
 * `kernels/operations.h` anew if the table of operations has changed. A build that fails is reported in one line, and
 * is no failure of the tool. If the package's own folder cannot be written, the WebAssembly build goes to the user's
 * cache.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  BUILD_FOLDER,
  cacheFolder,
  digestFile,
  digestKernels,
  KERNEL_FILES,
  type KernelsName,
  readSources,
  SOURCES_FOLDER,
} from '../src/engine/cpu/run/kernel-files.ts';
import { operationsHeader } from './build-kernels/operations-header.ts';

/** Never a flag that assumes finite numbers: a NaN must be seen. */
const OPTIMIZE = ['-O3', '-ffp-contract=fast', '-std=gnu11'];
const NATIVE_FLAGS = [...OPTIMIZE, '-shared', '-fPIC'];
const THIS_MACHINE = '-march=native';
const WASM_FLAGS = [
  ...OPTIMIZE,
  '--target=wasm32-unknown-unknown',
  '-msimd128',
  '-mrelaxed-simd',
  '-matomics',
  '-mbulk-memory',
  '-nostdlib',
  ...['no-entry', 'import-memory', 'shared-memory', 'max-memory=4294967296', 'export=__stack_pointer'].map(
    (flag) => `-Wl,--${flag}`,
  ),
];

/** Milliseconds after which a compiler is taken to hang. */
const COMPILER_MS = 5 * 60 * 1000;

writeHeader();
const sources = readSources();

interface Build {
  readonly name: KernelsName;
  readonly label: string;
  /** Flags that a build depends on; it is not repeated with the same. */
  readonly flags: readonly string[];
  /** Builds into a folder and returns the file's path there. */
  make(folder: string): Promise<string>;
  /** Folder for a build if the package's own cannot be written. */
  readonly elsewhere: string | null;
}

const BUILDS: readonly Build[] = [
  {
    name: 'native',
    label: 'native',
    flags: [...NATIVE_FLAGS, THIS_MACHINE],
    make: makeNative,
    elsewhere: null,
  },
  { name: 'wasm', label: 'WebAssembly', flags: WASM_FLAGS, make: makeWasm, elsewhere: cacheFolder(sources) },
];

process.stdout.on('error', () => undefined); // A closed pipe is no reason to fail.
for (const build of BUILDS) process.stdout.write(`kernels: ${build.label} ${await attempt(build)}\n`);

/** Writes the kernels' header of operations, if it is not the table's. */
function writeHeader(): void {
  const header = join(SOURCES_FOLDER, 'operations.h');
  const text = operationsHeader();
  if (readText(header) !== text) writeFileSync(header, text);
}

async function attempt(build: Build): Promise<string> {
  try {
    return await makeIn(BUILD_FOLDER, build);
  } catch (error) {
    try {
      // A build of other sources is not loaded, but could be packed.
      rmSync(join(BUILD_FOLDER, KERNEL_FILES[build.name]), { force: true });
    } catch {
      // A folder that nothing can be removed from has no build in it.
    }
    if (!isUnwritable(error) || build.elsewhere === null) return notBuilt(error);
    const where = `in ${build.elsewhere}, as ${BUILD_FOLDER} cannot be written`;
    return await makeIn(build.elsewhere, build).then((done) => `${done}, ${where}`, notBuilt);
  }
}

function notBuilt(error: unknown): string {
  return `not built, the engine goes on without it (${firstLine(error)})`;
}

function isUnwritable(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC'].includes(code ?? '');
}

async function makeIn(where: string, { name, flags, make }: Build): Promise<string> {
  const target = join(where, KERNEL_FILES[name]);
  const madeWith = createHash('sha256').update(JSON.stringify(flags)).digest('hex');
  const digest = `${digestKernels(name, sources)} ${madeWith}`;
  if (!process.argv.includes('--force') && existsSync(target) && readText(digestFile(target)) === digest) {
    return 'build is up to date';
  }
  mkdirSync(where, { recursive: true });
  const folder = mkdtempSync(join(where, 'making-'));
  try {
    const made = await make(folder);
    // In this order: a digest must never speak for another file, nor a file be without one.
    rmSync(target, { force: true });
    writeFileSync(digestFile(target), digest);
    renameSync(made, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 'build done';
}

async function makeNative(folder: string): Promise<string> {
  const headers = dirname(createRequire(import.meta.url).resolve('node-api-headers/include/node_api.h'));
  const output = join(folder, KERNEL_FILES.native);
  const run = promisify(execFile);
  const compile = async (flags: readonly string[]): Promise<string> => {
    const inputs = ['addon.c', 'executor.c'].map((name) => join(SOURCES_FOLDER, name));
    const platform = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
    await run(process.env.CC || 'cc', [...flags, ...platform, `-I${headers}`, ...inputs, '-o', output], {
      timeout: COMPILER_MS,
    });
    // Loads it in a process of its own: a compiler may make what this machine or this Node.js cannot load.
    await run(process.execPath, ['-e', `require(${JSON.stringify(output)}).misalignment(new Uint8Array(1))`]);
    return output;
  };
  try {
    return await compile([...NATIVE_FLAGS, THIS_MACHINE]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    // A compiler that does not know this machine still knows its kind.
    return await compile(NATIVE_FLAGS).catch(() => Promise.reject(error));
  }
}

async function makeWasm(folder: string): Promise<string> {
  const { commands, runLLVM } = await import('@yowasp/clang');
  const inputs = ['executor.c', 'module.c'];
  let said = '';
  const listen = (bytes: Uint8Array | null): void => {
    if (bytes) said += Buffer.from(bytes).toString();
  };
  const options = { stdout: listen, stderr: listen };
  try {
    // Without arguments it only loads itself, and here without a progress bar in the middle of an install.
    await runLLVM(undefined, {}, { fetchProgress: () => undefined });
    const made = await commands.clang([...WASM_FLAGS, ...inputs, '-o', 'kernels.wasm'], sources, options);
    const output = join(folder, 'kernels.wasm');
    writeFileSync(output, made?.['kernels.wasm'] as Uint8Array);
    return output;
  } catch (cause) {
    throw new Error(said.trim() || String(cause), { cause });
  }
}

function readText(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

/** An error in one line; if a program failed, the line in which it says why. */
function firstLine(error: unknown): string {
  const { message, cmd, stderr, code, signal } = error as Error & {
    readonly cmd?: string;
    readonly stderr?: string;
    readonly code?: number | string | null;
    readonly signal?: string;
  };
  // A code in letters is the system's: nothing ran that could have said anything.
  const ran = stderr !== undefined && typeof code !== 'string';
  const lines = (ran ? stderr : message).trim().split('\n');
  const line = lines.find((text) => /error|not found|ENOENT/i.test(text)) ?? (lines[0] as string);
  return ran && line === '' ? `${cmd?.split(' ')[0]} ended with ${signal ?? `exit code ${code}`}` : line;
}
