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
 * `node tools/bench.ts methods [options]` times an iteration of each search method, beside its passes on the engine alone.
 *
 * `node tools/bench.ts dispatch [options]` counts the dispatches of the engine for GPUs, and times the host's part of them. It needs
 * no GPU.
 *
 * `node tools/bench.ts optimize [options]` times asking and telling, beside an evaluation of Styblinski-Tang.
 *
 * `node tools/bench.ts inspect [options]` times the inspector: opening a long trace, and its frames while it scrolls.
 *
 * `node tools/bench.ts memory [options]` follows the memory of a long search's coordinator and supernet.
 */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { startIfMain } from '../src/command/program.ts';
import { BACKENDS } from '../src/engine/tfjs/backend.ts';
import { benchDispatch } from './bench/dispatch.ts';
import { benchInspect } from './bench/inspect.ts';
import { benchMemory } from './bench/memory.ts';
import { benchMethods } from './bench/methods.ts';
import { benchOptimize } from './bench/optimize.ts';
import { benchRetrain, benchStep } from './bench/steps.ts';

const program = new Command('bench');
addMeasuring(
  addSizes(addEngine(program.command('step')), { channels: 16, layers: 8, batch: 16 }).addOption(imageOption(32)),
)
  .description('times the steps of a search')
  .action(benchStep);
addMeasuring(
  addSizes(addEngine(program.command('retrain')).option('--genotype <name>', 'published genotype', 'DARTS_V2'), {
    channels: 16,
    layers: 8,
    batch: 32,
  }),
)
  .description('times a step of retraining and the forward pass of a test')
  .action(benchRetrain);
addSizes(program.command('methods'), { channels: 8, layers: 5, batch: 32 })
  .description('times an iteration of each search method, beside its passes on the engine alone')
  .addOption(imageOption(16))
  .addOption(threadsOption())
  .option('--iterations <n>', 'iterations of an epoch; every search has two', count, 40)
  .action(benchMethods);
addSizes(program.command('dispatch'), { channels: 16, layers: 8, batch: 4 })
  .description('counts the dispatches of the engine for GPUs, and times the host')
  .addOption(imageOption(16))
  .option('--reps <n>', 'repetitions, of which the fastest counts', count, 30)
  .action(benchDispatch);
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
program
  .command('memory')
  .description('follows the memory of a long smoke search')
  .option('--iterations <n>', 'iterations of the search', count, 5000)
  .action(benchMemory);
await startIfMain(import.meta, async (argv) => {
  await program.parseAsync(argv, { from: 'user' });
  return 0;
});

/** Adds the choice of an engine. */
function addEngine(command: Command): Command {
  return command
    .addOption(new Option('--engine <engine>', 'engine').choices(['cpu', 'webgpu', 'tfjs']).default('cpu'))
    .addOption(new Option('--kernels <kernels>', 'build of cpu').choices(['auto', 'native', 'wasm']).default('auto'))
    .addOption(new Option('--backend <backend>', 'backend of tfjs').choices([...BACKENDS, 'auto']).default('wasm'));
}

/** Adds the sizes of a network and of its mini-batches, with their defaults. */
function addSizes(
  command: Command,
  { channels, layers, batch }: { readonly channels: number; readonly layers: number; readonly batch: number },
): Command {
  return command
    .option('--channels <c>', 'initial channels', count, channels)
    .option('--layers <l>', 'cells', count, layers)
    .option('--batch <b>', 'pictures', count, batch);
}

function imageOption(image: number): Option {
  return new Option('--image <s>', 'height and width of the pictures').argParser(count).default(image);
}

function threadsOption(): Option {
  return new Option('--threads <t>', 'threads of cpu').argParser(count).default(availableParallelism());
}

/** Adds how the calls of an engine are measured. */
function addMeasuring(command: Command): Command {
  return command
    .addOption(threadsOption())
    .option('--reps <n>', 'repetitions of each measurement', count, 7)
    .option('--profile', 'add milliseconds by kind of operation (cpu)', false)
    .option('--roofline', 'add a table of the operations beside their bounds (cpu)', false)
    .option('--json', 'JSON lines, which are printed in any case', true);
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a positive integer.');
  return value;
}
