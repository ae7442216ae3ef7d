import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { extract } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyCifar } from '../support/tiny-cifar.ts';
import { CONSUMER } from './consumer.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

/** A user's project with the packed package installed. */
let project: string;
let tarball: string;
let installed: string;
let manifest: { version: string; dependencies: Record<string, string>; bin: { lesslocal: string }; exports: object };

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'package-'));
  const packed = run('npm', ['pack', '--json', '--pack-destination', project], {
    cwd: REPOSITORY,
    env: { ...process.env, npm_config_cache: join(project, 'cache'), npm_config_update_notifier: 'false' },
    shell: process.platform === 'win32',
  });
  // What the build prints stands before the JSON.
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[\n')));
  tarball = join(project, filename);
  installed = join(project, 'node_modules/lesslocal');
  mkdirSync(installed, { recursive: true });
  await extract({ file: tarball, cwd: installed, strip: 1 });
  manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  // Only what the package says that it needs: an import of anything else fails.
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(REPOSITORY, 'node_modules', name), link, 'junction');
  }
  writeFileSync(join(project, 'consumer.mts'), CONSUMER);
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Runs a program to its end, and returns what it printed. */
function run(file: string, args: readonly string[], options: Parameters<typeof spawnSync>[2] = { cwd: project }) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { ...options, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${error ?? `exit code ${status}`}\n${stdout}${stderr}`);
  return stdout;
}

/** Runs the command of the package. */
function lesslocal(...args: string[]): string {
  const { npm_lifecycle_event: _, ...env } = process.env; // the tests themselves may run under npx
  return run(process.execPath, [join(installed, manifest.bin.lesslocal), ...args], { cwd: project, env });
}

/** Compiles files of the user's project as strictly as TypeScript can, the declarations of all packages included. */
function compile(...files: string[]): { status: number | null; stdout: string } {
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--skipLibCheck', 'false'];
  const flags = ['--noEmit', ...strict, '--target', 'es2024', '--types', 'node', '--module', 'nodenext'];
  const tsc = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [tsc, ...flags, ...files], { cwd: project, encoding: 'utf8' });
}

/** Runs a program of the repository's own tools. */
function runTool(path: string, ...args: string[]): string {
  return run(process.execPath, [join(REPOSITORY, 'node_modules', path), ...args]);
}

describe('the packed package', () => {
  it('holds the license and the change log, and no sources, tests or tools of the repository', () => {
    for (const file of ['LICENSE', 'CHANGELOG.md', 'dist/src/index.js', 'dist/src/index.d.ts']) {
      expect(existsSync(join(installed, file)), file).toBe(true);
    }
    const tools = ['bench', 'golden', 'sanitize', 'screenshots', 'build-kernels'].map(
      (name) => `dist/tools/${name}.js`,
    );
    for (const file of ['src', 'test', 'tools', 'dist/test', 'dist/experiments/table1.js', ...tools]) {
      expect(existsSync(join(installed, file)), file).toBe(false);
    }
  });

  it('passes publint', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, strict: true, pack: false });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('has types that every ESM consumer finds', () => {
    const report = JSON.parse(
      runTool('@arethetypeswrong/cli/dist/index.js', tarball, '--profile', 'esm-only', '--format', 'json'),
    ) as { analysis: { entrypoints: object; problems: { resolutionKind?: string }[] } };
    const { entrypoints, problems } = report.analysis;
    expect(Object.keys(entrypoints)).toEqual([
      '.',
      './actors',
      './optimize',
      './space',
      './network',
      './engine',
      './engine/cpu',
      './engine/webgpu',
      './engine/tfjs',
      './package.json',
    ]);
    // CommonJS, and resolution from before there were exports.
    const ignored = ['node16-cjs', 'node10'];
    expect(problems.filter(({ resolutionKind = '' }) => !ignored.includes(resolutionKind))).toEqual([]);
  });

  it('compiles in a strict project, and so do the examples of the README', () => {
    const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, example], i) => {
      writeFileSync(join(project, `readme-${i}.mts`), example as string);
      return `readme-${i}.mts`;
    });
    expect(examples).not.toEqual([]);
    expect(compile('consumer.mts', ...examples)).toMatchObject({ status: 0, stdout: '' });
  });

  it('has declarations without a mistake at every entry, those of its dependencies included', () => {
    const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json');
    const exported = entries.map((entry, i) => `export * as entry${i} from '${entry.replace('.', 'lesslocal')}';\n`);
    writeFileSync(join(project, 'entries.mts'), exported.join(''));
    expect(compile('entries.mts')).toMatchObject({ status: 0, stdout: '' });
  });

  it('runs in a user’s program', () => {
    const { missed, ...printed } = JSON.parse(run(process.execPath, ['consumer.mts']));
    expect(printed).toMatchObject({
      epochs: 3,
      method: 'half',
      points: 2,
      kept: 2,
      backend: 'cpu',
      genotype: { normal: [{ primitive: 'skip_connect', from: 0, to: 2 }], reduce: [] },
    });
    expect(missed).toBeCloseTo(0, 6); // the next best minimum is 14 above
  });

  it('loads no TensorFlow.js with the main entry, and does with the engine’s', () => {
    const loads = (entry: string): boolean =>
      JSON.parse(
        run(process.execPath, [
          '--input-type=module',
          '--eval',
          `import { registerHooks } from 'node:module';
          let loaded = false;
          registerHooks({
            resolve(specifier, context, next) {
              loaded ||= specifier.startsWith('@tensorflow/');
              return next(specifier, context);
            },
          });
          await import('${entry}');
          process.stdout.write(String(loaded));`,
        ]),
      );
    expect(loads('lesslocal')).toBe(false);
    expect(loads('lesslocal/engine/tfjs')).toBe(true);
  });

  it('says of kernels that it does not have what to do', () => {
    const flags = ['--preset', 'smoke', '--data', 'tiny', '--out', join(project, 'none'), '--kernels', 'native'];
    writeTinyCifar(join(project, 'tiny'), { train: 200, test: 50 });
    expect(() => lesslocal('search', ...flags)).toThrow(
      /exit code 2\nerror: the published package has no native kernels: use --kernels wasm\n$/,
    );
  });

  it('has a command that explains itself', () => {
    expect(lesslocal('--help')).toMatch(/^Usage: lesslocal <command>/);
    expect(lesslocal('--version')).toBe(`${manifest.version}\n`);
    const help = lesslocal('search', '--help');
    expect(help).toMatch(/^Usage: lesslocal search /);
    expect(help).toMatch(/--preset <name>/);
  });

  it('has a command that searches: workers and the supernet process are found', () => {
    writeTinyCifar(join(project, 'tiny'), { train: 200, test: 50 });
    const out = join(project, 'run');
    const flags = ['--preset', 'smoke', '--data', 'tiny', '--out', out, '--json'];
    const printed = lesslocal('search', ...flags);
    const events = printed
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ event: 'done', run: out });
    // The kernels for WebAssembly come with the package, and no C source does.
    expect(events.find(({ event }) => event === 'started').engine).toMatchObject({ engine: 'cpu', backend: 'wasm' });
    const { versions } = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'));
    expect(versions).toEqual({
      lesslocal: manifest.version,
      node: process.version,
      tfjs: manifest.dependencies['@tensorflow/tfjs'],
    });
    for (const file of ['trace.jsonl', 'metrics.jsonl', 'genotype.json', 'report.html']) {
      expect(existsSync(join(out, file)), file).toBe(true);
    }
  });

  it('has commands that look into a run', () => {
    const out = join(project, 'run');
    expect(lesslocal('trace', out)).toMatch(/lines over .* then done/);
    expect(lesslocal('compare', out, out)).toMatch(/the configurations are the same\nthe traces are the same/);
    const report = join(project, 'both.html');
    const other = join(project, 'other');
    cpSync(out, other, { recursive: true });
    expect(lesslocal('report', out, other, '--out', report)).toBe(`${report}\n`);
    expect(readFileSync(report, 'utf8')).toContain('<title>2 runs compared</title>');
    expect(lesslocal('inspect', out, '--stately')).toMatch(/^\{.*\}\n/);
  });

  it('has commands that train a genotype, and export the network', () => {
    const out = join(project, 'trained');
    const flags = ['--genotype', 'DARTS_V2', '--preset', 'smoke', '--epochs', '1', '--data', 'tiny', '--out', out];
    expect(lesslocal('retrain', ...flags)).toMatch(/^test accuracy .* on 50 pictures/m);
    expect(lesslocal('export', out, '--to', 'text')).toMatch(/^Genotype\(normal=\[/);
    expect(lesslocal('export', out, '--to', 'weights')).toMatch(/is written and checked: on 50 test pictures/);
    // The runtime for ONNX is not among the dependencies.
    expect(lesslocal('export', out, '--to', 'onnx')).toMatch(/is written, but not checked/);
    expect(existsSync(join(out, 'network.onnx'))).toBe(true);
    // The programs that are written beside a network come with the package.
    expect(lesslocal('export', out, '--to', 'torch')).toContain(join(out, 'torch_network.py'));
    expect(lesslocal('export', out, '--to', 'web')).toContain(join(out, 'network.html'));
  });

  it('has a command that predicts', () => {
    const [line] = lesslocal('predict', join(project, 'trained'), 'cifar10:3', '--json').split('\n');
    expect(JSON.parse(line as string)).toMatchObject({ picture: 'cifar10:3', label: 'cat' });
  });

  it('has a command that counts networks', () => {
    const lines = lesslocal('count', join(REPOSITORY, 'test/golden/network-counts.json')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).differences)).toEqual([[], [], [], []]);
  });

  it('serves the inspector beside a run, with all files of its page', async () => {
    const flags = ['search', '--preset', 'smoke', '--data', 'tiny', '--out', join(project, 'inspected'), '--json'];
    const file = join(installed, manifest.bin.lesslocal);
    const child = spawn(process.execPath, [file, ...flags, '--inspect', '--no-report'], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.resume();
    const code = new Promise((resolve) => child.on('close', resolve));
    try {
      let address: string | undefined;
      for await (const line of createInterface({ input: child.stderr })) {
        address = /http:\/\/127\.0\.0\.1:\d+\/[\w-]+\//.exec(line)?.[0];
        if (address !== undefined) break;
      }
      const files = readdirSync(join(REPOSITORY, 'src/inspector/page')).filter((name) => name !== 'index.html');
      for (const name of ['', 'chart.svg', ...files]) {
        expect((await fetch(`${address}${name}`)).status, name).toBe(200);
      }
    } finally {
      child.kill('SIGINT');
    }
    expect([0, 130]).toContain(await code);
  });
});
