/**
 * `node tools/predict.ts RUN|FILE.onnx PICTURE... [--top n] [--json] [--data DIR] [--threads n]`: predicts what pictures
 * show, by the network of a retraining, or by one that was exported as ONNX. The exit code is 2 if the network or a picture
 * is at fault.
 */
import { statSync } from 'node:fs';
import { Command } from 'commander';
import { createNetwork } from '../actors/retraining/load-network.ts';
import { readRetrainedRun, warnOfUnfinished } from '../actors/retraining/retrained-run.ts';
import { recordedData } from '../src/command/data-flags.ts';
import { addExamples, integerFlag, parseFlags } from '../src/command/flags.ts';
import { percent } from '../src/command/format.ts';
import { columnsOf, print } from '../src/command/print.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { textTable } from '../src/command/text-table.ts';
import { DataError } from '../src/data/data-error.ts';
import { readDataRecord } from '../src/data/data-record.ts';
import { type LoadOptions, loadDataset } from '../src/data/load-dataset.ts';
import { loadPictureLibrary, PICTURE_FORMATS } from '../src/data/pictures/decode-picture.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import type { Classifier } from './predict/classifier.ts';
import { loadOnnxClassifier } from './predict/onnx-classifier.ts';
import {
  expandFolders,
  type NamedPicture,
  type PictureSizes,
  readPictureFile,
  TEST_PICTURE,
  takeTestPicture,
} from './predict/read-pictures.ts';

interface Flags {
  readonly top: number;
  readonly json: boolean;
  readonly skipBroken: boolean;
  readonly data?: string;
  readonly threads?: number;
}

const EXAMPLES = [
  ['runs/RUN cat.png dog.jpg', 'tell the five likeliest classes of each picture'],
  ['network.onnx photos/', 'run an exported network on a folder of pictures'],
  ['runs/RUN cifar10:0 --json', 'predict CIFAR-10’s first test picture, as a line of JSON'],
] as const;

/** Largest number of classes that are told. */
const MAX_TOP = 1000;

/** Pictures that are decoded side by side. */
const SIDE_BY_SIDE = 16;

/** Predicts the classes of pictures. */
export const runPredict: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description(
      `Predicts what pictures show: ${PICTURE_FORMATS} files of any size, which are prepared as those of a folder to train ` +
        'on (the shorter side is resized, and the middle cut out), or test pictures of CIFAR-10.',
    )
    .argument('<network>', 'folder of the retraining, or of the search that it followed; or an ONNX file of export')
    .argument('<pictures...>', `${PICTURE_FORMATS} files, folders of them, or cifar10:INDEX`)
    .addOption(integerFlag('top', 'number of classes to tell', 1, MAX_TOP, 5))
    .option('--json', 'print a line of JSON for each picture', false)
    .option('--skip-broken', 'pass over files that cannot be read as pictures', false)
    .option('--data <dir>', 'folder of CIFAR-10’s files (default: that of the run)')
    .addOption(integerFlag('threads', 'threads, which change no result (default: all cores)', 1, 1024));
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const [path, names] = command.processedArgs as [string, string[]];
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  if (path.endsWith('.onnx') && !isFile) throw new OptionsError(`there is no file ${path}`);
  const open = isFile ? await openFile(path, flags) : openRun(path, flags, io);
  const onBroken = flags.skipBroken ? (why: string) => print(io.stderr, `skipped: ${why}\n`) : null;
  const pictures = await readPictures(await expandFolders(names), open, onBroken);
  const classifier = await open.load();
  try {
    await tellPictures(classifier, pictures, flags, io);
  } finally {
    classifier.dispose();
  }
  return 0;
};

type Predictor = Pick<Classifier, 'preprocessing' | 'predict' | 'dispose'>;

/** A network whose pictures are known, before it takes memory. */
interface OpenNetwork extends PictureSizes {
  /** Where test pictures of CIFAR-10 are. */
  readonly cifar10: () => LoadOptions;
  readonly load: () => Promise<Predictor>;
}

function openRun(path: string, { data, threads }: Flags, { stderr }: ProgramIo): OpenNetwork {
  const run = readRetrainedRun(path);
  const warning = warnOfUnfinished(run);
  if (warning !== null) print(stderr, `warning: ${warning}\n`);
  const { side } = readDataRecord(run.config.data);
  const { image, channels } = run.preprocessing;
  return {
    ...{ side, image, channels },
    cifar10: () => recordedData(run.config, data),
    load: () => createNetwork(run, threads === undefined ? {} : { threads }),
  };
}

/** @throws OptionsError if the file is no ONNX of `export`, or `threads` are given, which its runtime chooses */
async function openFile(path: string, { data, threads }: Flags): Promise<OpenNetwork> {
  if (threads !== undefined) throw new OptionsError('threads: without effect because the network is an ONNX file');
  const classifier = await loadOnnxClassifier(path);
  const { side, preprocessing } = classifier;
  const { image, channels } = preprocessing;
  return { ...{ side, image, channels }, cifar10: () => ({ data }), load: async () => classifier };
}

/**
 * Reads all pictures before the first prediction, so that a mistake shows at once.
 *
 * @param onBroken is told why a picture was passed over; null passes over none
 * @throws DataError if a picture cannot be read, or none is left
 */
async function readPictures(
  names: readonly string[],
  network: OpenNetwork,
  onBroken: ((why: string) => void) | null,
): Promise<NamedPicture[]> {
  const cifar10 = names.some((name) => TEST_PICTURE.test(name)) ? await loadDataset(network.cifar10()) : null;
  const library = names.every((name) => TEST_PICTURE.test(name)) ? null : await loadPictureLibrary();
  const pictures: NamedPicture[] = [];
  for (let first = 0; first < names.length; first += SIDE_BY_SIDE) {
    const some = names.slice(first, first + SIDE_BY_SIDE).map(async (name) => {
      if (TEST_PICTURE.test(name)) return takeTestPicture(cifar10!, name, network);
      try {
        return await readPictureFile(library!, name, network);
      } catch (error) {
        if (onBroken === null || !(error instanceof DataError)) throw error;
        onBroken(error.message);
        return null;
      }
    });
    pictures.push(...(await Promise.all(some)).filter((picture) => picture !== null));
  }
  if (pictures.length === 0) throw new DataError('none of the files can be read as a picture');
  return pictures;
}

/** Predicts all pictures, and tells the likeliest classes of each. */
async function tellPictures(
  network: Predictor,
  pictures: readonly NamedPicture[],
  { top: most, json }: Flags,
  { stdout }: ProgramIo,
): Promise<void> {
  const { classes } = network.preprocessing;
  const size = pictures[0]?.pixels.length ?? 0;
  const pixels = new Float32Array(pictures.length * size);
  for (const [i, picture] of pictures.entries()) pixels.set(picture.pixels, i * size);
  const probabilities = await network.predict(pixels);
  for (const [i, { name, label }] of pictures.entries()) {
    const row = probabilities.subarray(i * classes.length, (i + 1) * classes.length);
    const top = likeliest(row, classes, most);
    if (json) stdout.write(`${JSON.stringify({ picture: name, ...(label && { label }), top })}\n`);
    else print(stdout, `${name}${label === undefined ? '' : ` (${label})`}\n${formatTop(top, columnsOf(stdout))}`);
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

function formatTop(top: readonly Prediction[], columns: number): string {
  const rows = top.map(({ class: name, probability }) => [`  ${name}`, percent(probability)]);
  return textTable(rows, 1, { columns });
}

await startIfMain(import.meta, runPredict);
