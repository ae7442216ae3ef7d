import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { extract } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = join(import.meta.dirname, '../..');
const FOREIGN = /tensorflow|xstate|piscina|vega/i;

/** Uses every kind of export: functions, classes, types of options, states and results. */
const CONSUMER = `import {
  CmaEs,
  type CmaEsState,
  createOptimizer,
  type DscdOptions,
  type LocalOptimizer,
  type MethodName,
  minimize,
  type MinimizeOptions,
  type MinimizeResult,
  type Objective,
  type Optimizer,
  type OptimizerState,
  type Point,
  type PointEvaluation,
  Random,
  type Schedule,
  TEST_FUNCTIONS,
  type TestFunction,
  type TestFunctionName,
} from 'lesslocal-optimize';

class Still implements Optimizer {
  readonly position = Float64Array.of(1, 2);
  ask(_progress: number): readonly Point[] {
    return [{ position: this.position, gradient: false, perExample: false }];
  }
  tell(_evaluations: readonly PointEvaluation[]): void {}
  save(): object {
    return {};
  }
  restore(_state: object): void {}
}

const bowl: Objective = { value: ([x = 0]) => x * x, gradient: ([x = 0]) => [2 * x] };
const dscd: DscdOptions = { window: 100 };
const options: MinimizeOptions = { start: [3], evaluations: 500, method: 'adam+dscd', dscd };
const result: MinimizeResult = await minimize(bowl, options);
const still = await minimize(([x = 0, y = 0]) => x + y, { evaluations: 3, method: new Still() });
const cmaEs = new CmaEs({ start: new Float64Array(2) }, Random.fromSeed(0));
const state: CmaEsState = cmaEs.save();
const saved: OptimizerState = createOptimizer('cma-es', { start: [1, 2] }).save();
const name: TestFunctionName = 'ackley';
const ackley: TestFunction = TEST_FUNCTIONS[name];

export type Names = [MethodName, LocalOptimizer, Schedule];

// @ts-expect-error a loss is a number
export const mistaken: string = result.bestLoss;

process.stdout.write(
  JSON.stringify({
    near: result.bestLoss < 1e-3,
    still: still.bestLoss,
    asked: state.asked,
    saved: JSON.parse(JSON.stringify(saved)).method,
    ackley: ackley.value(new Float64Array(2)),
  }),
);
`;

/** A user's project with the packed package installed. */
let project: string;
let built: string;
let installed: string;

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'optimize-package-'));
  built = join(project, 'built');
  run(process.execPath, [join(REPOSITORY, 'tools/build-optimize-package.ts'), '--out', built]);
  const [{ filename }] = pack('--pack-destination', project);
  installed = join(project, 'node_modules/lesslocal-optimize');
  mkdirSync(installed, { recursive: true });
  await extract({ file: join(project, filename), cwd: installed, strip: 1 });
  // Only the declared dependencies, so that any other import fails.
  for (const name of [...Object.keys(readManifest().dependencies), '@types/node']) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(REPOSITORY, 'node_modules', name), link, 'junction');
  }
  writeFileSync(join(project, 'consumer.mts'), CONSUMER);
  writeFileSync(join(project, 'readme.mts'), readExample());
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Runs a program to its end and returns its output. */
function run(file: string, args: readonly string[], options: Parameters<typeof spawnSync>[2] = { cwd: project }) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { ...options, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${error ?? `exit code ${status}`}\n${stdout}${stderr}`);
  return stdout;
}

function pack(...flags: readonly string[]): [{ filename: string; files: { path: string }[] }] {
  const env = { ...process.env, npm_config_cache: join(project, 'cache'), npm_config_update_notifier: 'false' };
  const options = { cwd: built, env, shell: process.platform === 'win32' };
  return JSON.parse(run('npm', ['pack', '--json', ...flags], options));
}

function readManifest(): Record<string, string> & { dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(join(built, 'package.json'), 'utf8'));
}

function readExample(): string {
  const [, example] = /^```ts\n(.*?)^```$/ms.exec(readFileSync(join(built, 'README.md'), 'utf8')) ?? [];
  if (example === undefined) throw new Error('the README must hold an example');
  return example;
}

describe('the package of the optimizers', () => {
  it('has the version and license of the root package, and depends on what its rooms import', () => {
    const root = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));
    const { name, version, license, dependencies } = readManifest();
    expect({ name, version, license }).toEqual({
      name: 'lesslocal-optimize',
      version: root.version,
      license: root.license,
    });
    expect(Object.keys(dependencies)).toEqual(expect.arrayContaining(['ml-matrix', 'pure-rand']));
    for (const [dependency, pinned] of Object.entries(dependencies)) {
      expect(pinned, dependency).toBe(root.dependencies[dependency]);
    }
  });

  it('packs the license, the README and compiled code, and no sources', () => {
    const [{ files }] = pack('--dry-run');
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/optimize/index.js', 'dist/math/random.js']),
    );
    const code = /^dist\/(optimize\/.+|math\/.+|record\/(atomic|append)-file)\.(js|d\.ts)$/;
    expect(paths.filter((path) => !code.test(path)).sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    // A declaration beside each module.
    const modules = paths.filter((path) => path.endsWith('.js'));
    expect(paths).toEqual(expect.arrayContaining(modules.map((path) => path.replace(/\.js$/, '.d.ts'))));
  });

  it('names no engine, actor or figure library, in any file', () => {
    const paths = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'README.md')
      .map(({ parentPath, name }) => join(parentPath, name));
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => FOREIGN.test(readFileSync(path, 'utf8')))).toEqual([]);
  });

  it('exports the names of the library’s own entry', async () => {
    const entry = await import('../../src/optimize/index.ts');
    const program = "process.stdout.write(JSON.stringify(Object.keys(await import('lesslocal-optimize'))));";
    const names = JSON.parse(run(process.execPath, ['--input-type=module', '--eval', program]));
    expect(names.sort()).toEqual(Object.keys(entry).sort());
  });

  it('passes publint', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, strict: true, pack: false });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('compiles in a strict project that checks its libraries', () => {
    const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2024', '--types', 'node'];
    const compiler = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
    run(process.execPath, [compiler, ...flags, '--module', 'nodenext', 'consumer.mts', 'readme.mts']);
  });

  it('runs in a user’s program', () => {
    const printed = JSON.parse(run(process.execPath, ['consumer.mts']));
    expect(printed).toEqual({ near: true, still: 3, asked: false, saved: 'cma-es', ackley: 0 });
  });

  it('runs the example of its README, which prints what it says', () => {
    const [, promised] = /console\.log\(.*\); \/\/ (.*)$/m.exec(readExample()) ?? [];
    expect(run(process.execPath, ['readme.mts']).trim()).toBe(promised);
  });
});
