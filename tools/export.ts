/**
 * `node tools/export.ts RUN --to onnx|weights|text [--out FILE] [--pictures n] [--data DIR] [--dialect d]`: writes the
 * network of a retraining for other programs. What was written is read back and must score what the network scores, or
 * the file is removed and the exit code is 1; 2 where the run, or what was asked for, is at fault.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { exitWith } from '../src/command/exit.ts';
import { loadCifar10 } from '../src/data/cifar10.ts';
import { CLASS_NAMES } from '../src/data/dataset.ts';
import { CHANNEL_DEVIATION, CHANNEL_MEAN, evaluationMiniBatch, type NormalizedImages } from '../src/data/mini-batch.ts';
import { networkTensors } from '../src/export/network-tensors.ts';
import { writeSafetensors } from '../src/export/safetensors.ts';
import { writeOnnx } from '../src/export/write-onnx.ts';
import { OptionsError } from '../src/options/options-error.ts';
import { writeFileAtomically } from '../src/record/atomic-file.ts';
import { GenotypeError } from '../src/space/genotype-syntax.ts';
import type { GenotypeDialect } from '../src/space/genotype-text.ts';
import { type Check, checkOnnx, checkWeights } from './export/export-check.ts';
import { type RetrainedRun, readRetrainedRun } from './export/export-run.ts';
import { genotypeText } from './export/export-text.ts';

interface Flags {
  readonly to: 'onnx' | 'weights' | 'text';
  readonly out?: string;
  readonly pictures: number;
  readonly data?: string;
  readonly dialect?: GenotypeDialect;
}

/** Pictures that are evaluated at once. */
const BATCH = 25;

const command = new Command('export')
  .description('Writes the network of a retraining for other programs, and checks what it wrote.')
  .argument('<run>', 'folder of the retraining, or of the search that it followed')
  .addOption(
    new Option('--to <format>', 'ONNX, weights as safetensors, or the genotype as text')
      .choices(['onnx', 'weights', 'text'])
      .makeOptionMandatory(),
  )
  .option('--out <file>', 'file to write; by default in the run folder, and text on standard output')
  .option('--pictures <n>', 'test pictures that the file is checked on', readCount, 100)
  .option('--data <dir>', 'folder of CIFAR-10’s files; by default those of the run')
  .addOption(
    new Option('--dialect <dialect>', 'of the text; by default pairs where they can say it').choices([
      'pairs',
      'triples',
    ]),
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();

process.stdout.on('error', (error) => exitWith(error)); // a full disk, or nobody who reads (`| head`)
try {
  const run = readRetrainedRun(command.args[0] as string);
  const flags = command.opts<Flags>();
  if (flags.to === 'text') exportText(run, flags);
  else await exportNetwork(run, flags.to, flags);
} catch (error) {
  exitWith(error instanceof GenotypeError ? new OptionsError(error.message, { cause: error }) : error);
}

function readCount(text: string): number {
  const count = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('It must be a positive integer.');
}

function exportText({ options }: RetrainedRun, { out, dialect }: Flags): void {
  const text = `${genotypeText(options.genotype, dialect)}\n`;
  if (out === undefined) process.stdout.write(text);
  else write(out, text);
}

async function exportNetwork(run: RetrainedRun, to: 'onnx' | 'weights', flags: Flags): Promise<void> {
  const { folder, options, graph, state, epochs } = run;
  const out = flags.out ?? join(folder.path, to === 'onnx' ? 'network.onnx' : 'network.safetensors');
  const batches = await testPictures(run, flags);
  if (epochs < options.epochs) {
    const sentence = `the retraining has not ended: this is its network after ${epochs} of ${options.epochs} epochs`;
    process.stderr.write(`warning: ${sentence}\n`);
  }
  const metadata = describe(run);
  if (to === 'onnx') write(out, writeOnnx(graph, state, { version: version(), metadata }));
  else {
    const described = new Map([['format', 'pt'], ...Object.entries(metadata)] as [string, string][]);
    write(out, writeSafetensors({ tensors: networkTensors(graph, state), metadata: described }));
  }
  const check = await (to === 'onnx' ? checkOnnx : checkWeights)(readFileSync(out), graph, state, batches);
  report(out, check);
}

/** Says what the check found. A file that failed is removed: it is not the network. */
function report(out: string, check: Check | null): void {
  if (check === null) {
    process.stdout.write(`${out} is written, but not checked: onnxruntime-web is not installed\n`);
    return;
  }
  const { pictures, correct, error, passed } = check;
  const logits =
    error === 0
      ? 'its logits are those of the network, to the bit'
      : `its logits differ from those of the network by at most ${error.toExponential(1)} of the largest`;
  const found = `on ${pictures} test pictures ${logits}; it recognizes ${correct.file}, the network ${correct.network}`;
  if (passed) {
    process.stdout.write(`${out} is written and checked: ${found}\n`);
    return;
  }
  rmSync(out);
  process.stderr.write(`error: ${out} did not come out as the network and is removed: ${found}\n`);
  process.exitCode = 1;
}

async function testPictures({ config, options }: RetrainedRun, { data, pictures }: Flags): Promise<NormalizedImages[]> {
  const { source } = (config.data ?? {}) as { readonly source?: string };
  const recorded = source !== undefined && existsSync(source) ? source : undefined;
  const { test } = await loadCifar10({ data: data ?? recorded });
  const count = Math.min(pictures, test.count);
  return Array.from({ length: Math.ceil(count / BATCH) }, (_, i) => {
    const start = i * BATCH;
    return evaluationMiniBatch(test, null, { start, batch: Math.min(BATCH, count - start), image: options.image });
  });
}

/** What one must know besides the numbers. */
function describe({ options, epochs }: RetrainedRun): Record<string, string> {
  return {
    genotype: genotypeText(options.genotype),
    classes: JSON.stringify(CLASS_NAMES),
    mean: JSON.stringify(CHANNEL_MEAN),
    deviation: JSON.stringify(CHANNEL_DEVIATION),
    normalization: '(pixel / 255 - mean) / deviation, for red, green and blue; below 32x32 the mean of a box of pixels',
    image: `${options.image}`,
    channels: `${options.channels}`,
    layers: `${options.layers}`,
    epochs: `${epochs}`,
  };
}

function write(path: string, contents: Uint8Array | string): void {
  try {
    writeFileAtomically(path, contents);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code)) throw cause;
    throw new OptionsError(`--out must be a file in a folder that exists, got ${path} (${code})`, { cause });
  }
}

function version(): string {
  return createRequire(import.meta.url)('lesslocal/package.json').version;
}
