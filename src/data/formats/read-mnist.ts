import { readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createImageSet, DataError, type Dataset, type MemoryImageSet } from '../dataset.ts';
import type { ReadSettings } from './read-cifar.ts';
import { readIdx } from './read-idx.ts';

/** Names of Fashion-MNIST's classes, in the order of its labels (Xiao, Rasul, Vollgraf 2017). */
const FASHION_NAMES = [
  ...['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
];

/** Folders that other libraries keep the files in. */
const FOLDERS = ['', 'raw', 'MNIST/raw', 'FashionMNIST/raw'];

/** The four files: pictures and labels to train on, then to test on. The official name is `t10k`. */
const FILES = [
  /^train-images[-.]idx3-ubyte(\.gz)?$/,
  /^train-labels[-.]idx1-ubyte(\.gz)?$/,
  /^(t10k|test)-images[-.]idx3-ubyte(\.gz)?$/,
  /^(t10k|test)-labels[-.]idx1-ubyte(\.gz)?$/,
];

/** Pictures of an IDX data set, and what they show. */
export interface MnistPictures extends Dataset {
  /** Whether they are those of Fashion-MNIST. */
  readonly fashion: boolean;
}

/**
 * Reads the four IDX files of MNIST, or of a set in its format, compressed by gzip or not, from a folder, or from `raw`,
 * `MNIST/raw` or `FashionMNIST/raw` inside it. The classes are the digits up to the largest label. If the files' folder, the
 * one above it, or the source has `fashion` in its name, they are those of Fashion-MNIST.
 *
 * @param source folder, or the archive that it was unpacked from
 * @returns null if the folder lacks the files
 * @throws DataError if a file is damaged, or pictures are not square or have no labels
 */
export async function readMnist(
  folder: string,
  source: string,
  { opened, signal }: ReadSettings,
): Promise<MnistPictures | null> {
  const paths = FOLDERS.map((place) => locate(join(folder, place))).find((found) => found !== null);
  if (paths === undefined) return null;
  const files: Uint8Array[] = [];
  for (const path of paths) {
    signal?.throwIfAborted();
    files.push(await readFile(path));
    opened?.(files.length, paths.length);
  }
  const [train, test] = [0, 2].map((i) => readPart(paths.slice(i, i + 2), files.slice(i, i + 2))) as [Part, Part];
  const [trainPath, , testPath] = paths as [string, string, string, string];
  if (train.side !== test.side) {
    throw new DataError(
      `the pictures of ${testPath} must be as large as those of ${trainPath}, ${train.side}, got ${test.side}`,
    );
  }
  const place = resolve(dirname(trainPath));
  const fashion = [place, dirname(place), source].some((name) => /fashion/i.test(basename(name)));
  const count = Math.max(...[train, test].map(({ set }) => set.labels.reduce((a, b) => Math.max(a, b), 1))) + 1;
  const isNamed = fashion && count <= FASHION_NAMES.length;
  const classes = isNamed ? FASHION_NAMES : Array.from({ length: count }, (_, digit) => String(digit));
  return { side: train.side, channels: 1, classes, train: train.set, test: test.set, fashion };
}

/** A training or a test set. */
interface Part {
  readonly side: number;
  readonly set: MemoryImageSet;
}

function readPart(paths: readonly string[], files: readonly Uint8Array[]): Part {
  const [picturesPath, labelsPath] = paths as [string, string];
  const [pictures, labels] = [readIdx(picturesPath, files[0]!, 3), readIdx(labelsPath, files[1]!, 1)];
  const [count, height, width] = pictures.shape as [number, number, number];
  if (height !== width || count === 0 || height === 0) {
    throw new DataError(`${picturesPath} must hold square pictures, got ${count} of ${height}x${width}`);
  }
  if (labels.values.length !== count) {
    throw new DataError(`${labelsPath} must hold ${count} labels, one a picture, got ${labels.values.length}`);
  }
  const set = createImageSet(count, { side: height, channels: 1 });
  set.images.bytes.set(pictures.values);
  set.labels.set(labels.values);
  return { side: height, set };
}

function locate(folder: string): string[] | null {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return null;
  const names = readdirSync(folder);
  const paths = FILES.flatMap((file) => names.filter((name) => file.test(name)).slice(0, 1));
  return paths.length === FILES.length ? paths.map((name) => join(folder, name)) : null;
}
