import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { KERNEL_FILES } from '../../src/engine/cpu/run/kernel-files.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD = 'src/engine/cpu/build';
const COMPILER = process.env.CC || 'cc';

/** What an engine of the copy says of itself after it has evaluated a mini-batch. */
const USE = `
import { createEngine } from './src/engine/create-engine.ts';
import { initialWeights } from './src/network/initial-weights.ts';
import { buildSupernet } from './src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from './src/space/primitives.ts';

const graph = buildSupernet({ channels: 4, layers: 3, nodes: 1, primitives: FAIR_DARTS_PRIMITIVES, image: 8 });
const engine = await createEngine(graph, { engine: 'cpu', threads: 2 });
await engine.restore({ weights: initialWeights(graph, 0), velocity: {}, statistics: {} });
const batch = { images: new Float32Array(2 * 8 * 8 * 3).fill(0.5), labels: Uint16Array.of(1, 2) };
const even = new Float32Array(graph.mixing.edges * graph.mixing.columns).fill(0.5);
const [{ loss }] = await engine.losses(batch, [{ normal: even, reduce: even }], { perExample: false });
console.log(JSON.stringify({ backend: engine.description.backend, finite: Number.isFinite(loss) }));
engine.dispose();
`;

/** A copy of the code that builds and runs the kernels, with the portable build that is already there. */
function copyOfCode({ built }: { readonly built: boolean }): string {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-build-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['src', 'tools', 'package.json'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  rmSync(join(folder, BUILD, KERNEL_FILES.native), { force: true });
  if (!built) rmSync(join(folder, BUILD), { recursive: true, force: true });
  writeFileSync(join(folder, 'use.ts'), USE);
  return folder;
}

/** Runs a program of the copy, whose cache is its own. */
function run(folder: string, file: string, cc = COMPILER): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, CC: cc, XDG_CACHE_HOME: join(folder, 'cache') };
  return spawnSync(process.execPath, [join(folder, file)], { env, encoding: 'utf8' });
}

/** Lines that the tool prints, and what the engine then says. */
function build(folder: string, cc: string): { lines: string[]; engine: unknown } {
  const output = (file: string): string => {
    const { status, stdout, stderr } = run(folder, file, cc);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout.trim();
  };
  return { lines: output('tools/build-kernels.ts').split('\n'), engine: JSON.parse(output('use.ts')) };
}

/** Changes a source, so that the builds are of other ones; the engine must then say how to get one. */
function expectStale(folder: string): void {
  writeFileSync(join(folder, 'src/engine/cpu/kernels/width.h'), '/* other */');
  const { status, stderr } = run(folder, 'use.ts');
  expect(status).toBe(1);
  expect(stderr).toContain('BackendError: the kernels were not built: run npm run prepare');
}

function compiler(folder: string, script: string): string {
  const path = join(folder, 'cc.sh');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const UP_TO_DATE = 'kernels: WebAssembly build is up to date';
const WASM = { backend: 'wasm', finite: true };

it('no compiler: one line, and the engine runs on the portable build', () => {
  const folder = copyOfCode({ built: true });
  const { lines, engine } = build(folder, '/nonexistent/cc');
  expect(lines).toEqual([expect.stringMatching(/^kernels: native not built, .*ENOENT/), UP_TO_DATE]);
  expect(engine).toEqual(WASM);
  expectStale(folder);
});

it.runIf(process.platform !== 'win32')('a compiler that fails: one line, and what it said', () => {
  const folder = copyOfCode({ built: true });
  const { lines, engine } = build(folder, compiler(folder, 'echo "error: no space for registers" >&2; exit 1'));
  expect(lines).toEqual([expect.stringMatching(/^kernels: native not built, .*no space for registers/), UP_TO_DATE]);
  expect(engine).toEqual(WASM);
});

it.runIf(process.platform !== 'win32')('a compiler that makes what cannot be loaded: one line', () => {
  const folder = copyOfCode({ built: true });
  // The last argument is the output.
  const { lines, engine } = build(folder, compiler(folder, 'for last; do :; done; echo nonsense > "$last"'));
  expect(lines).toEqual([expect.stringMatching(/^kernels: native not built, /), UP_TO_DATE]);
  expect(engine).toEqual(WASM);
});

it.runIf(process.platform !== 'win32')('an architecture the compiler does not know: built for any of its kind', () => {
  const folder = copyOfCode({ built: true });
  const calls = join(folder, 'calls');
  const real = hasCompiler() ? `exec ${COMPILER} "$@"` : 'echo "error: none here" >&2; exit 1';
  const script = `echo "$*" >> ${calls}\ncase "$*" in *-march=native*) echo "error: unknown architecture" >&2; exit 1;; esac\n${real}`;
  const { lines, engine } = build(folder, compiler(folder, script));
  const marches = readFileSync(calls, 'utf8')
    .trim()
    .split('\n')
    .map((call) => call.includes('-march=native'));
  expect(marches).toEqual([true, false]);
  const native = hasCompiler() ? 'kernels: native build done' : expect.stringMatching(/not built, .*unknown arch/);
  expect(lines).toEqual([native, UP_TO_DATE]);
  expect(engine).toEqual({ backend: hasCompiler() ? 'native' : 'wasm', finite: true });
});

it.runIf(hasCompiler())('a native build lies beside those of other machines', () => {
  const folder = copyOfCode({ built: true });
  const other = join(folder, BUILD, 'kernels-00000000.node');
  writeFileSync(other, 'for another processor');
  const { lines, engine } = build(folder, COMPILER);
  expect([lines[0], engine]).toEqual(['kernels: native build done', { backend: 'native', finite: true }]);
  expect(readFileSync(other, 'utf8')).toBe('for another processor');
});

it('a folder that cannot be written: the portable build goes to the cache, and the engine finds it there', () => {
  const folder = copyOfCode({ built: false });
  // A file where the folder should be keeps out the superuser too.
  writeFileSync(join(folder, BUILD), '');
  const { lines, engine } = build(folder, '/nonexistent/cc');
  const cache = join(folder, 'cache', 'lesslocal');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/^kernels: WebAssembly build done, in .* cannot be written$/);
  expect(lines[1]).toContain(cache);
  expect(engine).toEqual(WASM);
  expectStale(folder);
});

it('no place at all: one line, and TensorFlow.js instead, which says how to get the kernels', () => {
  const folder = copyOfCode({ built: false });
  writeFileSync(join(folder, BUILD), '');
  writeFileSync(join(folder, 'cache'), '');
  const { status, stdout } = run(folder, 'tools/build-kernels.ts', '/nonexistent/cc');
  expect(status).toBe(0);
  expect(stdout.trim().split('\n').at(-1)).toMatch(/^kernels: WebAssembly not built, .*(ENOTDIR|EEXIST)/);
  writeFileSync(
    join(folder, 'use.ts'),
    USE.replace("{ engine: 'cpu', threads: 2 }", '{}').replace('description.backend', 'description.reason'),
  );
  expect(run(folder, 'use.ts').stdout).toContain('the kernels were not built: run npm run prepare');
});

function hasCompiler(): boolean {
  try {
    execFileSync(COMPILER, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
