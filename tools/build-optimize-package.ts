/**
 * `node tools/build-optimize-package.ts [--out FOLDER]`: assembles the package `lesslocal-optimize`, which holds the
 * optimizers without engines, workers and searches. It compiles `src/optimize` and `src/math`, and depends on the
 * packages that these rooms import. Publish it by `npm publish dist-optimize`.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import typescript from 'typescript';
import { endAtClosedOutput } from '../src/command/exit.ts';

endAtClosedOutput();

const REPOSITORY = join(import.meta.dirname, '..');

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const { out } = new Command('build-optimize-package')
  .description('Assembles the package lesslocal-optimize: the optimizers alone.')
  .option('--out <folder>', 'folder of the package', join(REPOSITORY, 'dist-optimize'))
  .parse()
  .opts<{ out: string }>();
const folder = resolve(out);

rmSync(join(folder, 'dist'), { recursive: true, force: true });
compile(join(folder, 'dist'));
const manifest: Manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));
const dependencies = pinImports(join(folder, 'dist'), manifest);
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(describePackage(manifest, dependencies), null, 2)}\n`);
copyFileSync(join(REPOSITORY, 'LICENSE'), join(folder, 'LICENSE'));
copyFileSync(join(REPOSITORY, 'src/optimize/README.md'), join(folder, 'README.md'));
process.stdout.write(`${folder}: lesslocal-optimize ${manifest.version}\n`);

/** Compiles both rooms to JavaScript and declarations. */
function compile(outDir: string): void {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const project = join(REPOSITORY, 'tsconfig.optimize.json');
  const { status } = spawnSync(process.execPath, [compiler, '-p', project, '--outDir', outDir], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`the rooms must compile, got exit code ${status} from tsc`);
}

/**
 * Finds the packages that compiled files import, with the versions of the root package.
 *
 * @throws Error if a file imports a package that the root package does not depend on
 */
function pinImports(compiled: string, { dependencies }: Manifest): Record<string, string> {
  const names = new Set<string>();
  for (const entry of readdirSync(compiled, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|d\.ts)$/.test(entry)) continue;
    const { importedFiles } = typescript.preProcessFile(readFileSync(join(compiled, entry), 'utf8'));
    for (const { fileName: specifier } of importedFiles) {
      if (specifier.startsWith('.') || isBuiltin(specifier)) continue;
      names.add(specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
    }
  }
  const pin = (name: string): [string, string] => {
    const version = dependencies[name];
    if (version === undefined) throw new Error(`the package must depend on what its rooms import, got ${name}`);
    return [name, version];
  };
  return Object.fromEntries([...names].sort().map(pin));
}

function describePackage({ version, license, engines }: Manifest, dependencies: Readonly<Record<string, string>>) {
  return {
    name: 'lesslocal-optimize',
    version,
    description:
      'Global optimization that escapes local minima: Adam with doubly stochastic coordinate descent, CMA-ES, basin hopping',
    license,
    type: 'module',
    keywords: ['global optimization', 'minimize', 'dscd', 'adam', 'cma-es', 'basin hopping'],
    engines,
    files: ['dist'],
    sideEffects: false,
    exports: {
      '.': { types: './dist/optimize/index.d.ts', default: './dist/optimize/index.js' },
      './package.json': './package.json',
    },
    dependencies,
  };
}
