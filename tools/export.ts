/**
 * `node tools/export.ts RUN --to onnx|weights|text [--out FILE] [--pictures n] [--data DIR] [--dialect d]`: writes the
 * network of a retraining for other programs. The file is read back and must score what the network scores; if it does
 * not, it is removed and the exit code is 1. The exit code is 2 if the run, or what was asked for, is at fault.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Command, InvalidArgumentError, Option } from 'commander';
import { newestRunState } from '../actors/run/run-state.ts';
import { addExamples, parseFlags } from '../src/command/flags.ts';
import { recordedSource } from '../src/command/job-program.ts';
import { type Program, type ProgramIo, packageVersion, startIfMain } from '../src/command/program.ts';
import { writeOut } from '../src/command/write-out.ts';
import { loadCifar10 } from '../src/data/cifar10.ts';
import { CLASS_NAMES } from '../src/data/dataset.ts';
import { CHANNEL_DEVIATION, CHANNEL_MEAN, evaluationMiniBatch, type NormalizedImages } from '../src/data/mini-batch.ts';
import type { NetworkState } from '../src/engine/engine.ts';
import { networkTensors } from '../src/export/network-tensors.ts';
import { writeSafetensors } from '../src/export/safetensors.ts';
import { writeOnnx } from '../src/export/write-onnx.ts';
import type { BlockGraph } from '../src/network/block-graph.ts';
import { buildRetrainedNetwork } from '../src/network/retrained-network.ts';
import { openRunFolder, type RunConfig, type RunFolder, RunFolderError, runFiles } from '../src/record/run-folder.ts';
import { readRecordedRetrainingOptions } from '../src/retrain/options.ts';
import type { RetrainingOptions } from '../src/retrain/options-schema.ts';
import { networkOf } from '../src/retrain/setup.ts';
import type { Genotype } from '../src/space/genotype.ts';
import { GenotypeError } from '../src/space/genotype-syntax.ts';
import { type GenotypeDialect, readGenotype, writeGenotype } from '../src/space/genotype-text.ts';
import { type Check, checkOnnx, checkWeights } from './export/export-check.ts';

interface Flags {
  readonly to: 'onnx' | 'weights' | 'text';
  readonly out?: string;
  readonly pictures: number;
  readonly data?: string;
  readonly dialect?: GenotypeDialect;
}

/** Number of pictures that are evaluated at once. */
const BATCH = 25;

const EXAMPLES = [
  ['runs/RUN --to onnx', 'write the retrained network as ONNX into the folder of its run'],
  ['runs/RUN --to text --dialect triples', 'print the genotype as FairDARTS writes it'],
] as const;

/** Writes a retraining's network, or its genotype. */
export const runExport: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description('Writes the network of a retraining for other programs, and checks what it wrote.')
    .argument('<run>', 'folder of the retraining, or of the search that it followed')
    .addOption(
      new Option('--to <format>', 'ONNX, weights as safetensors, or the genotype as text')
        .choices(['onnx', 'weights', 'text'])
        .makeOptionMandatory(),
    )
    .option('--out <file>', 'file to write (default: one in the run folder; standard output for text)')
    .option('--pictures <n>', 'number of test pictures that the file is checked on', readCount, 100)
    .option('--data <dir>', 'folder of CIFAR-10’s files (default: that of the run)')
    .addOption(
      new Option(
        '--dialect <dialect>',
        'dialect of the text (default: pairs, or triples if pairs cannot say it)',
      ).choices(['pairs', 'triples']),
    );
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const [path] = command.processedArgs as [string];
  const run = readRetrainedRun(path);
  if (flags.to !== 'text') return await exportNetwork(run, flags.to, flags, io);
  exportText(run, flags, io);
  return 0;
};

function readCount(text: string): number {
  const count = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('It must be a positive integer.');
}

/** Network that a retraining has come to. */
export interface RetrainedRun {
  readonly folder: RunFolder;
  readonly config: RunConfig;
  readonly options: RetrainingOptions;
  readonly graph: BlockGraph;
  /** State of the newest checkpoint. */
  readonly state: NetworkState;
  /** Number of epochs that it was trained for. */
  readonly epochs: number;
}

/**
 * Reads the newest checkpoint of a retraining.
 *
 * @param path folder of the retraining, or of a search with the retraining inside
 * @throws RunFolderError if the folder holds no retraining, or one that has made no step yet
 * @throws OptionsError, CheckpointError if its record or its checkpoint is damaged
 */
export function readRetrainedRun(path: string): RetrainedRun {
  const { following } = runFiles(path);
  const { folder, config } = openRunFolder(existsSync(following) ? following : path, 'retraining');
  const options = readRecordedRetrainingOptions(config.options);
  const saved = newestRunState(folder, options);
  if (saved === null) throw new RunFolderError(`the retraining in ${folder.path} has made no step yet`);
  const graph = buildRetrainedNetwork(networkOf(options));
  return { folder, config, options, graph, state: saved.network, epochs: saved.progress.epoch };
}

/**
 * Writes a genotype as text that is read as the same genotype, entry by entry.
 *
 * @param dialect dialect of the text. @default pairs, or triples if pairs cannot say it
 * @throws GenotypeError if the dialect asked for cannot say it
 */
export function genotypeText(genotype: Genotype, dialect?: GenotypeDialect): string {
  if (dialect === undefined) {
    try {
      return genotypeText(genotype, 'pairs');
    } catch (error) {
      if (!(error instanceof GenotypeError)) throw error;
      return genotypeText(genotype, 'triples');
    }
  }
  const text = writeGenotype(genotype, dialect);
  if (!isDeepStrictEqual(readGenotype(text), genotype)) {
    throw new GenotypeError(`${dialect} say the entries in another order, which the network's weights depend on`);
  }
  return text;
}

function exportText({ options }: RetrainedRun, { out, dialect }: Flags, { stdout }: ProgramIo): void {
  const text = `${genotypeText(options.genotype, dialect)}\n`;
  if (out === undefined) stdout.write(text);
  else writeOut(out, text);
}

/** Writes a network, checks the file, and returns the exit code. */
async function exportNetwork(run: RetrainedRun, to: 'onnx' | 'weights', flags: Flags, io: ProgramIo): Promise<number> {
  const { folder, options, graph, state, epochs } = run;
  const out = flags.out ?? join(folder.path, to === 'onnx' ? 'network.onnx' : 'network.safetensors');
  const miniBatches = await testPictures(run, flags);
  if (epochs < options.epochs) {
    const sentence = `the retraining has not ended: this is its network after ${epochs} of ${options.epochs} epochs`;
    io.stderr.write(`warning: ${sentence}\n`);
  }
  const metadata = describe(run);
  if (to === 'onnx') writeOut(out, writeOnnx(graph, state, { version: packageVersion(), metadata }));
  else {
    const described = new Map([['format', 'pt'] as const, ...Object.entries(metadata)]);
    writeOut(out, writeSafetensors({ tensors: networkTensors(graph, state), metadata: described }));
  }
  const check = await (to === 'onnx' ? checkOnnx : checkWeights)(readFileSync(out), graph, state, miniBatches);
  return report(out, check, io);
}

/** Tells what the check found, and returns the exit code. A file that failed is removed: it is not the network. */
function report(out: string, check: Check | null, { stdout, stderr }: ProgramIo): number {
  if (check === null) {
    stdout.write(`${out} is written, but not checked: onnxruntime-web is not installed\n`);
    return 0;
  }
  const { pictures, correct, error, passed } = check;
  const logits =
    error === 0
      ? 'its logits are those of the network, to the bit'
      : `its logits differ from those of the network by at most ${error.toExponential(1)} of the largest`;
  const found = `on ${pictures} test pictures ${logits}; it recognizes ${correct.file}, the network ${correct.network}`;
  if (passed) {
    stdout.write(`${out} is written and checked: ${found}\n`);
    return 0;
  }
  rmSync(out);
  stderr.write(`error: ${out} did not come out as the network and is removed: ${found}\n`);
  return 1;
}

async function testPictures({ config, options }: RetrainedRun, { data, pictures }: Flags): Promise<NormalizedImages[]> {
  const { test } = await loadCifar10({ data: data ?? recordedSource(config) });
  const count = Math.min(pictures, test.count);
  return Array.from({ length: Math.ceil(count / BATCH) }, (_, i) => {
    const start = i * BATCH;
    return evaluationMiniBatch(test, null, { start, batch: Math.min(BATCH, count - start), image: options.image });
  });
}

/** Facts that a user of the file must know besides the numbers. */
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

await startIfMain(import.meta, runExport);
