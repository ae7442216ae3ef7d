/**
 * `node tools/export.ts RUN --to onnx|web|torch|weights|text [--out FILE] [--pictures n] [--data DIR] [--dialect d]
 * [--opset n] [--batch n] [--softmax]`: writes the network of a retraining for other programs. What the file computes
 * must be what the network computes; if it is not, the file is removed and the exit code is 1. The exit code is 2 if the
 * run, or what was asked for, is at fault.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type RetrainedRun, readRetrainedRun, warnOfUnfinished } from '../actors/retraining/retrained-run.ts';
import { recordedData } from '../src/command/data-flags.ts';
import { addExamples, integerFlag, parseFlags } from '../src/command/flags.ts';
import { print } from '../src/command/print.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { writeOut } from '../src/command/write-out.ts';
import { loadDataset } from '../src/data/load-dataset.ts';
import { evaluationMiniBatch, type NormalizedImages } from '../src/data/mini-batch.ts';
import { genotypeInDialect } from '../src/export/genotype-in-dialect.ts';
import { OPSETS } from '../src/export/onnx-messages.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import type { GenotypeDialect } from '../src/space/genotype-text.ts';
import type { Check } from './export/export-check.ts';
import { NETWORK_FILES, type NetworkFormat, writeNetwork } from './export/write-network.ts';

interface Flags {
  readonly to: NetworkFormat | 'text';
  readonly out?: string;
  readonly pictures: number;
  readonly data?: string;
  readonly dialect?: GenotypeDialect;
  readonly opset?: number;
  readonly batch?: number;
  readonly softmax?: true;
}

/** Number of pictures that are evaluated at once, unless the file takes another. */
const BATCH = 25;

/** Largest number of pictures that an ONNX file can be fixed to. */
const MAX_BATCH = 4096;

/** Formats that take each flag of ONNX files. A page brings its own network, with any batch and probabilities. */
const FORMATS_OF = { opset: ['onnx', 'web'], batch: ['onnx'], softmax: ['onnx'] } as const;

/** Stem channels of the public code, as a multiple of the network's channels. */
const PUBLIC_STEM = 3;

const EXAMPLES = [
  ['runs/RUN --to onnx', 'write the retrained network as ONNX into the folder of its run'],
  ['runs/RUN --to web --out site/network.onnx', 'write it with a page that runs it in a browser'],
  ['runs/RUN --to torch', 'write it under the names of the public PyTorch code, with a program that loads it'],
  ['runs/RUN --to text --dialect triples', 'print the genotype as FairDARTS writes it'],
] as const;

/** Writes a retraining's network, or its genotype. */
export const runExport: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description('Writes the network of a retraining for other programs, and checks what it wrote.')
    .argument('<run>', 'folder of the retraining, or of the search that it followed')
    .addOption(
      new Option('--to <format>', 'ONNX, ONNX with a web page, PyTorch, weights by our own names, or the genotype')
        .choices(['onnx', 'web', 'torch', 'weights', 'text'])
        .makeOptionMandatory(),
    )
    .option('--out <file>', 'file to write (default: one in the run folder; standard output for text)')
    .option('--pictures <n>', 'number of test pictures that the file is checked on', readCount, 100)
    .option('--data <dir>', 'folder of CIFAR-10’s files (default: that of the run)')
    .addOption(
      new Option(
        '--dialect <dialect>',
        'dialect of the text and of PyTorch’s names (default: pairs, or triples if pairs cannot say it)',
      ).choices(['pairs', 'triples']),
    )
    .addOption(integerFlag('opset', `operator set of ONNX (default: ${OPSETS.preset})`, OPSETS.oldest, OPSETS.newest))
    .addOption(integerFlag('batch', 'number of pictures that ONNX takes at once (default: any)', 1, MAX_BATCH))
    .option('--softmax', 'ONNX gives probabilities instead of logits');
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const { to } = flags;
  for (const [name, formats] of Object.entries(FORMATS_OF)) {
    if (flags[name as keyof Flags] === undefined || formats.some((format) => format === to)) continue;
    throw new OptionsError(`--${name} goes with --to ${formats.join(' and --to ')}, got --to ${to}`);
  }
  const [path] = command.processedArgs as [string];
  const run = readRetrainedRun(path);
  if (to !== 'text') return await exportNetwork(run, to, flags, io);
  exportText(run, flags, io);
  return 0;
};

function readCount(text: string): number {
  const count = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('It must be a positive integer.');
}

function exportText({ options }: RetrainedRun, { out, dialect }: Flags, { stdout }: ProgramIo): void {
  const text = `${genotypeInDialect(options.genotype, dialect).text}\n`;
  if (out === undefined) print(stdout, text);
  else writeOut(out, text);
}

/** Writes a network, checks the file, and returns the exit code. */
async function exportNetwork(run: RetrainedRun, to: NetworkFormat, flags: Flags, io: ProgramIo): Promise<number> {
  const out = flags.out ?? join(run.folder.path, NETWORK_FILES[to]);
  const miniBatches = await testPictures(run, flags);
  const warning = warnOfUnfinished(run);
  if (warning !== null) print(io.stderr, `warning: ${warning}\n`);
  const { stemMultiplier } = run.options;
  if (to === 'torch' && stemMultiplier !== PUBLIC_STEM) {
    const sentence = `the public code takes stemMultiplier ${PUBLIC_STEM} alone, and this network has ${stemMultiplier}`;
    print(io.stderr, `warning: ${sentence}: only the program beside it loads it\n`);
  }
  const { beside, check, missing } = writeNetwork(run, to, out, flags);
  const found = await check(miniBatches);
  const paths = beside === null ? [out] : [out, beside];
  if (found !== null) return report(paths, found, io);
  print(io.stdout, `${paths.join(' and ')} ${beside === null ? 'is' : 'are'} written, but not checked: ${missing}\n`);
  return 0;
}

/** Tells what the check found, and returns the exit code. Files that failed are removed: they are not the network. */
function report(paths: readonly string[], check: Check, { stdout, stderr }: ProgramIo): number {
  const { output, pictures, correct, error, passed } = check;
  const outputs =
    error === 0
      ? `its ${output} are those of the network, to the bit`
      : `its ${output} differ from those of the network by at most ${error.toExponential(1)} of the largest`;
  const [out] = paths;
  const found = `on ${pictures} test pictures ${outputs}; it recognizes ${correct.file}, the network ${correct.network}`;
  if (passed) {
    print(stdout, `${out} is written and checked: ${found}\n`);
    for (const beside of paths.slice(1)) print(stdout, `${beside} is written beside it, and runs it\n`);
    return 0;
  }
  for (const path of paths) rmSync(path);
  print(stderr, `error: ${out} did not come out as the network and is removed: ${found}\n`);
  return 1;
}

/** Test pictures to check a file on. Where it takes a fixed number at once, pictures are repeated until they fill it. */
async function testPictures(
  { config, options }: RetrainedRun,
  { data, pictures, batch: fixed }: Flags,
): Promise<NormalizedImages[]> {
  const { test, ...facts } = await loadDataset(recordedData(config, data));
  const wanted = Math.min(pictures, test.count);
  const batch = fixed ?? BATCH;
  const count = fixed === undefined ? wanted : Math.ceil(wanted / fixed) * fixed;
  const indices = Uint32Array.from({ length: count }, (_, i) => i % test.count);
  return Array.from({ length: Math.ceil(count / batch) }, (_, i) => {
    return evaluationMiniBatch(test, indices, { facts, start: i * batch, batch, image: options.image });
  });
}

await startIfMain(import.meta, runExport);
