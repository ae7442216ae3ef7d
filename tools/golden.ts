/**
 * `node tools/golden.ts DIR... [--engine e] [--backend b] [--kernels k] [--threads n] [--tolerance x]`: checks an engine
 * against values made with PyTorch. It runs every case, trace and `discretize.json` below the folders and prints one
 * JSON line each. The exit code is 1 if an error lies above the tolerance.
 */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { endAtClosedOutput } from '../src/command/exit.ts';
import { createCpuEngine } from '../src/engine/cpu/cpu-engine.ts';
import type { KernelsName } from '../src/engine/cpu/run/kernels.ts';
import { type Backend, BackendError, type Engine } from '../src/engine/engine.ts';
import { BACKENDS } from '../src/engine/tfjs/backend.ts';
import { createTfjsEngine } from '../src/engine/tfjs/tfjs-engine.ts';
import { createWebgpuEngine } from '../src/engine/webgpu/webgpu-engine.ts';
import type { BlockGraph } from '../src/network/block-graph.ts';
import { GoldenCase } from './golden/golden-case.ts';
import { checkDiscretize, checkGolden } from './golden/golden-check.ts';
import { checkMethod, checkSelected, type MethodErrors } from './golden/method-check.ts';

endAtClosedOutput();

interface Flags {
  readonly engine: 'tfjs' | 'cpu' | 'webgpu';
  readonly backend: Backend | 'auto';
  readonly kernels: KernelsName | 'auto';
  readonly threads?: number;
  /** Absent: 1e-3 for tfjs, 1e-4 for the others; of a method's case that of each tensor. */
  readonly tolerance?: number;
}

const command = new Command('golden')
  .argument('<dir...>', 'folders to look through')
  .addOption(new Option('--engine <engine>', 'engine to check').choices(['tfjs', 'cpu', 'webgpu']).default('tfjs'))
  .addOption(new Option('--backend <backend>', 'backend of the engine').choices([...BACKENDS, 'auto']).default('wasm'))
  .addOption(new Option('--kernels <kernels>', 'build of cpu').choices(['auto', 'native', 'wasm']).default('auto'))
  .option('--threads <n>', 'threads of cpu (default: all cores)', Number)
  .option(
    '--tolerance <x>',
    'largest error allowed (default: 1e-3 for tfjs, 1e-4 for the others; of a method’s case what it says itself)',
    Number,
  )
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
  else await runCase(new GoldenCase(dirname(file)));
}

async function runCase(golden: GoldenCase): Promise<void> {
  const isMethod = golden.manifest.method !== undefined;
  const { engine: name } = flags;
  const engine = await startEngine(golden.graph());
  const maxError: MethodErrors = await (isMethod ? checkMethod : checkGolden)(golden, engine);
  engine.dispose();
  if (golden.has('selectedLogits')) {
    const random = await startEngine(golden.graph('random'));
    Object.assign(maxError, await checkSelected(golden, random));
    random.dispose();
  }
  const line = { case: golden.manifest.name, engine: name, backend: engine.description.backend, maxError };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  const preset = (quantity: string): number => {
    if (isMethod) return golden.tolerance(quantity);
    return flags.engine === 'tfjs' ? 1e-3 : 1e-4;
  };
  for (const [quantity, error] of Object.entries(maxError)) {
    if (!(error <= (flags.tolerance ?? preset(quantity)))) process.exitCode = 1;
  }
}

/** Ends with exit code 2 if this machine cannot run the engine. */
async function startEngine(graph: BlockGraph): Promise<Engine> {
  const { engine, backend, kernels, threads } = flags;
  try {
    if (engine === 'cpu') return await createCpuEngine(graph, { kernels, ...(threads ? { threads } : {}) });
    return engine === 'webgpu' ? await createWebgpuEngine(graph) : await createTfjsEngine(graph, { backend });
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return command.error(`error: ${error.message}`, { exitCode: 2 });
  }
}

function reportDiscretize(file: string): void {
  const { cases, differences } = checkDiscretize(file);
  process.stdout.write(`${JSON.stringify({ case: file, cases, differences })}\n`);
  if (differences.length > 0) process.exitCode = 1;
}
