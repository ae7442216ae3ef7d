import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
let manifest: { version: string; dependencies: Record<string, string>; bin: { lesslocal: string } };

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

/** Runs a program of the repository's own tools. */
function runTool(path: string, ...args: string[]): string {
  return run(process.execPath, [join(REPOSITORY, 'node_modules', path), ...args]);
}

describe('the packed package', () => {
  it('holds the license and the change log, and no sources or tests', () => {
    for (const file of ['LICENSE', 'CHANGELOG.md', 'dist/src/index.js', 'dist/src/index.d.ts']) {
      expect(existsSync(join(installed, file)), file).toBe(true);
    }
    for (const file of ['src', 'test', 'dist/test', 'dist/tools']) {
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
    const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2024', '--types', 'node'];
    runTool('typescript/bin/tsc', ...flags, '--module', 'nodenext', 'consumer.mts', ...examples);
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
    expect(() => run(process.execPath, [join(installed, manifest.bin.lesslocal), ...flags])).toThrow(
      /exit code 2\nerror: the native kernels are no part of the published package: take those for wasm\n$/,
    );
  });

  it('has a command that explains itself', () => {
    const help = run(process.execPath, [join(installed, manifest.bin.lesslocal), '--help']);
    expect(help).toMatch(/--preset <name>/);
  });

  it('has a command that searches: workers and the supernet process are found', () => {
    writeTinyCifar(join(project, 'tiny'), { train: 200, test: 50 });
    const out = join(project, 'run');
    const flags = ['--preset', 'smoke', '--data', 'tiny', '--out', out, '--json'];
    const printed = run(process.execPath, [join(installed, manifest.bin.lesslocal), ...flags]);
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
    for (const file of ['trace.jsonl', 'metrics.jsonl', 'genotype.json']) {
      expect(existsSync(join(out, file)), file).toBe(true);
    }
  });
});
