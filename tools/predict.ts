/**
 * `node tools/predict.ts RUN PICTURE... [--top n] [--json] [--data DIR] [--threads n]`: predicts what pictures show, by
 * the network of a retraining. The exit code is 2 if the run or a picture is at fault.
 */
import { readFileSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { createNetwork } from '../actors/retraining/load-network.ts';
import { type RetrainedRun, readRetrainedRun, warnOfUnfinished } from '../actors/retraining/retrained-run.ts';
import { addExamples, integerFlag, parseFlags } from '../src/command/flags.ts';
import { percent, textTable } from '../src/command/format.ts';
import { recordedSource } from '../src/command/job-program.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { loadCifar10 } from '../src/data/cifar10.ts';
import { CIFAR10_SHAPE, CLASS_NAMES, IMAGE_BYTES } from '../src/data/cifar10-format.ts';
import { DataError } from '../src/data/dataset.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { decodePng } from './predict/decode-png.ts';
import { squarePicture } from './predict/square-picture.ts';

interface Flags {
  readonly top: number;
  readonly json: boolean;
  readonly data?: string;
  readonly threads?: number;
}

const EXAMPLES = [
  ['runs/RUN cat.png dog.png', 'tell the five likeliest classes of each picture'],
  ['runs/RUN cifar10:0 --json', 'predict CIFAR-10’s first test picture, as a line of JSON'],
] as const;

/** Largest number of classes that are told. */
const MAX_TOP = 1000;

/** Name of a test picture of CIFAR-10. */
const TEST_PICTURE = /^cifar10:(\d+)$/;

/** Predicts the classes of pictures. */
export const runPredict: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description(
      'Predicts what pictures show: PNG files of any size, of which the square in the middle is resized to the ' +
        'network’s by the mean of areas, or test pictures of CIFAR-10.',
    )
    .argument('<run>', 'folder of the retraining, or of the search that it followed')
    .argument('<pictures...>', 'PNG files, or cifar10:INDEX')
    .addOption(integerFlag('top', 'number of classes to tell', 1, MAX_TOP, 5))
    .option('--json', 'print a line of JSON for each picture', false)
    .option('--data <dir>', 'folder of CIFAR-10’s files (default: that of the run)')
    .addOption(integerFlag('threads', 'threads, which change no result (default: all cores)', 1, 1024));
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const [path, names] = command.processedArgs as [string, string[]];
  checkRun(path);
  const run = readRetrainedRun(path);
  const warning = warnOfUnfinished(run);
  if (warning !== null) io.stderr.write(`warning: ${warning}\n`);
  const pictures = await readPictures(names, run, flags.data);
  const { classes } = run.preprocessing;
  const network = await createNetwork(run, flags.threads === undefined ? {} : { threads: flags.threads });
  try {
    const probabilities = await network.predict(Float32Array.from(pictures.flatMap(({ pixels }) => [...pixels])));
    for (const [i, { name, label }] of pictures.entries()) {
      const row = probabilities.subarray(i * classes.length, (i + 1) * classes.length);
      const top = likeliest(row, classes, flags.top);
      if (flags.json) io.stdout.write(`${JSON.stringify({ picture: name, ...(label && { label }), top })}\n`);
      else io.stdout.write(`${name}${label === undefined ? '' : ` (${label})`}\n${formatTop(top)}`);
    }
  } finally {
    network.dispose();
  }
  return 0;
};

/** @throws OptionsError if the run is a file: only the folder of a run says all that is needed */
function checkRun(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return;
  throw new OptionsError(`run must be the folder of a retraining, got the file ${path}`);
}

/** A picture to predict. */
interface NamedPicture {
  readonly name: string;
  /** True class, if it is known. */
  readonly label?: string;
  /** `[side, side, 3]` as the network takes them */
  readonly pixels: Float32Array;
}

/** Reads all pictures before the first prediction, so that a mistake shows at once. */
async function readPictures(
  names: readonly string[],
  { config, preprocessing: { image } }: RetrainedRun,
  data: string | undefined,
): Promise<NamedPicture[]> {
  const listed = names.some((name) => TEST_PICTURE.test(name));
  const cifar10 = listed ? await loadCifar10({ data: data ?? recordedSource(config) }) : null;
  return names.map((name) => {
    const index = TEST_PICTURE.exec(name)?.[1];
    if (index === undefined || cifar10 === null) {
      return { name, pixels: squarePicture(decodePng(readPicture(name), name), image) };
    }
    const { images, labels, count } = cifar10.test;
    const place = Number(index);
    if (place >= count) throw new DataError(`${name} must be below ${count}, the number of test pictures`);
    const bytes = images.bytes.subarray(place * IMAGE_BYTES, (place + 1) * IMAGE_BYTES);
    const picture = { width: CIFAR10_SHAPE.side, height: CIFAR10_SHAPE.side, pixels: Float32Array.from(bytes) };
    return { name, label: CLASS_NAMES[labels[place] as number] as string, pixels: squarePicture(picture, image) };
  });
}

/** @throws DataError if there is no such file, or it cannot be read */
function readPicture(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new DataError(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

/** A class, and the probability that the picture is of it. */
interface Prediction {
  readonly class: string;
  readonly probability: number;
}

/** The likeliest classes of a picture, the likeliest first. */
function likeliest(probabilities: Float32Array, classes: readonly string[], top: number): Prediction[] {
  const predictions = classes.map((name, i) => ({ class: name, probability: probabilities[i] as number }));
  return predictions.toSorted((a, b) => b.probability - a.probability).slice(0, top);
}

function formatTop(top: readonly Prediction[]): string {
  const rows = top.map(({ class: name, probability }) => [`  ${name}`, percent(probability)]);
  return textTable(rows, 1);
}

await startIfMain(import.meta, runPredict);
