/**
 * `node tools/golden.ts DIR... [--engine e] [--backend b] [--tolerance x]`: checks an engine against values made with
 * PyTorch. Runs every case, trace and `discretize.json` below the folders and prints one JSON line each; exit code 1
 * where an error lies above the tolerance.
 */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { BACKENDS, type Backend } from '../src/engine/tfjs/backend.ts';
import { createTfjsEngine } from '../src/engine/tfjs/tfjs-engine.ts';
import { stepSgd } from '../src/optimize/sgd.ts';
import { GoldenCase } from './golden-case.ts';
import { checkDiscretize, checkGolden, type MaxErrors } from './golden-check.ts';

interface Flags {
  readonly engine: 'tfjs';
  readonly backend: Backend | 'auto';
  readonly tolerance: number;
}

const command = new Command('golden')
  .argument('<dir...>', 'folders to look through')
  .addOption(new Option('--engine <engine>', 'engine to check').choices(['tfjs']).default('tfjs'))
  .addOption(new Option('--backend <backend>', 'backend of the engine').choices([...BACKENDS, 'auto']).default('wasm'))
  .option('--tolerance <x>', 'largest error allowed', Number, 1e-3)
  .parse();
const flags = command.opts<Flags>();

const files = command.args
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
  .filter((file) => ['manifest.json', 'discretize.json'].includes(basename(file)))
  .toSorted();
if (files.length === 0)
  command.error(`no manifest.json or discretize.json below ${command.args.join(', ')}`, { exitCode: 2 });

for (const file of files) {
  if (basename(file) === 'discretize.json') reportDiscretize(file);
  else report(await runCase(new GoldenCase(dirname(file))));
}

async function runCase(
  golden: GoldenCase,
): Promise<{ case: string; engine: string; backend: string; maxError: MaxErrors }> {
  const engine = await createTfjsEngine(golden.graph(), { backend: flags.backend, update: stepSgd });
  const maxError = await checkGolden(golden, engine);
  engine.dispose();
  return { case: golden.manifest.name, engine: flags.engine, backend: engine.description.backend, maxError };
}

function report(line: { readonly maxError: MaxErrors }): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
  if (Object.values(line.maxError).some((error) => !(error <= flags.tolerance))) process.exitCode = 1;
}

function reportDiscretize(file: string): void {
  const { cases, differences } = checkDiscretize(file);
  process.stdout.write(`${JSON.stringify({ case: file, cases, differences })}\n`);
  if (differences.length > 0) process.exitCode = 1;
}
