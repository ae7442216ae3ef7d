/**
 * Prints measurements as JSON lines.
 *
 * `node tools/bench.ts step [options]` times the steps of a search on the FairDARTS supernet: seconds, images a second,
 * floating-point operations a second. For the CPU engine it adds their share of the peak of the same threads and build,
 * measured in the same run. `--roofline` adds a table of the engine's operations: what each does, and how near it comes to
 * its own bound.
 *
 * `node tools/bench.ts retrain [options]` times a step of retraining a published genotype, and a test's forward pass.
 *
 * `node tools/bench.ts dispatch [options]` counts the dispatches of the engine for GPUs, and times the host's part of them. It needs
 * no GPU.
 *
 * `node tools/bench.ts methods [options]` times an iteration of each search method, beside its passes on the engine alone.
 *
 * `node tools/bench.ts optimize [options]` times asking and telling, beside an evaluation of Styblinski-Tang.
 *
 * `node tools/bench.ts inspect [options]` times the inspector: opening a long trace, and its frames while it scrolls.
 */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { startIfMain } from '../src/command/program.ts';
import { BACKENDS } from '../src/engine/tfjs/backend.ts';
import { benchDispatch } from './bench/dispatch.ts';
import { benchInspect } from './bench/inspect.ts';
import { benchMethods } from './bench/methods.ts';
import { benchOptimize } from './bench/optimize.ts';
import { benchRetrain, benchStep } from './bench/steps.ts';

const program = new Command('bench');
program
  .command('step')
  .description('times the steps of a search')
  .addOption(new Option('--engine <engine>', 'engine').choices(['cpu', 'webgpu', 'tfjs']).default('cpu'))
  .addOption(new Option('--kernels <kernels>', 'build of cpu').choices(['auto', 'native', 'wasm']).default('auto'))
  .addOption(new Option('--backend <backend>', 'backend of tfjs').choices([...BACKENDS, 'auto']).default('wasm'))
  .option('--channels <c>', 'initial channels', count, 16)
  .option('--layers <l>', 'cells', count, 8)
  .option('--batch <b>', 'pictures', count, 16)
  .option('--image <s>', 'height and width of the pictures', count, 32)
  .option('--threads <t>', 'threads of cpu', count, availableParallelism())
  .option('--reps <n>', 'repetitions of each measurement', count, 7)
  .option('--profile', 'add milliseconds by kind of operation (cpu)', false)
  .option('--roofline', 'add a table of the operations beside their bounds (cpu)', false)
  .option('--json', 'JSON lines, which are printed in any case', true)
  .action(benchStep);
program
  .command('retrain')
  .description('times a step of retraining and the forward pass of a test')
  .addOption(new Option('--engine <engine>', 'engine').choices(['cpu', 'webgpu', 'tfjs']).default('cpu'))
  .addOption(new Option('--kernels <kernels>', 'build of cpu').choices(['auto', 'native', 'wasm']).default('auto'))
  .addOption(new Option('--backend <backend>', 'backend of tfjs').choices([...BACKENDS, 'auto']).default('wasm'))
  .option('--genotype <name>', 'published genotype', 'DARTS_V2')
  .option('--channels <c>', 'initial channels', count, 16)
  .option('--layers <l>', 'cells', count, 8)
  .option('--batch <b>', 'pictures', count, 32)
  .option('--threads <t>', 'threads of cpu', count, availableParallelism())
  .option('--reps <n>', 'repetitions of each measurement', count, 7)
  .option('--profile', 'add milliseconds by kind of operation (cpu)', false)
  .option('--roofline', 'add a table of the operations beside their bounds (cpu)', false)
  .option('--json', 'JSON lines, which are printed in any case', true)
  .action(benchRetrain);
program
  .command('dispatch')
  .description('counts the dispatches of the engine for GPUs, and times the host')
  .option('--channels <c>', 'initial channels', count, 16)
  .option('--layers <l>', 'cells', count, 8)
  .option('--batch <b>', 'pictures', count, 4)
  .option('--image <s>', 'height and width of the pictures', count, 16)
  .option('--reps <n>', 'repetitions, of which the fastest counts', count, 30)
  .action(benchDispatch);
program
  .command('methods')
  .description('times an iteration of each search method, beside its passes on the engine alone')
  .option('--channels <c>', 'initial channels', count, 8)
  .option('--layers <l>', 'cells', count, 5)
  .option('--batch <b>', 'pictures', count, 32)
  .option('--image <s>', 'height and width of the pictures', count, 16)
  .option('--threads <t>', 'threads of cpu', count, availableParallelism())
  .option('--iterations <n>', 'iterations of an epoch; every search has two', count, 40)
  .action(benchMethods);
program
  .command('optimize')
  .description('times DSCD and its rivals')
  .option('--coordinates <d>', 'coordinates of a position', count, 196)
  .option('--steps <n>', 'steps of a repetition', count, 20_000)
  .option('--reps <n>', 'repetitions of each measurement', count, 7)
  .action(benchOptimize);
program
  .command('inspect')
  .description('times the inspector on a long trace')
  .option('--decisions <n>', 'decisions of the trace', count, 1_000_000)
  .option('--reps <n>', 'repetitions of each measurement', count, 3)
  .action(benchInspect);
await startIfMain(import.meta, async (argv) => {
  await program.parseAsync(argv, { from: 'user' });
  return 0;
});

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a positive integer.');
  return value;
}
