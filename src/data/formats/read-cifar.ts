import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cifar10Pictures } from '../cifar10-folder.ts';
import { CIFAR10_SHAPE } from '../cifar10-format.ts';
import type { Dataset } from '../dataset.ts';
import { type CifarBatch, type LabelPlace, readCifarBatch, readClassNames, setOfBatches } from './cifar-batches.ts';
import { COARSE_NAMES, FINE_NAMES } from './cifar100-names.ts';

/** How to read files. */
export interface ReadSettings {
  /** Called after each file, with the number of files read, and of all. */
  readonly opened?: (files: number, of: number) => void;
  readonly signal?: AbortSignal | undefined;
}

const CIFAR10_TRAIN = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}`);
const CIFAR10_TEST = 'test_batch';
const CIFAR10_FOLDERS = ['', 'cifar-10-batches-bin', 'cifar-10-batches-py'];
const CIFAR10_LABELS: LabelPlace = { bytes: 1, at: 0, key: 'labels', classes: CIFAR10_SHAPE.classes.length };

const CIFAR100_FOLDERS = ['', 'cifar-100-binary', 'cifar-100-python'];

/** Labels of CIFAR-100, and where the names of its classes are: in a text, in a pickle, or here. */
const CIFAR100 = {
  fine: {
    labels: { bytes: 2, at: 1, key: 'fine_labels', classes: FINE_NAMES.length },
    text: 'fine_label_names.txt',
    key: 'fine_label_names',
    names: FINE_NAMES,
  },
  coarse: {
    labels: { bytes: 2, at: 0, key: 'coarse_labels', classes: COARSE_NAMES.length },
    text: 'coarse_label_names.txt',
    key: 'coarse_label_names',
    names: COARSE_NAMES,
  },
} as const;

/**
 * Reads CIFAR-10 from files of the Python version, or of the binary version without the names' endings, in a folder or in
 * the archive's folder inside it. Files may have any number of pictures.
 *
 * @returns null if the folder lacks the files
 * @throws DataError if a file is damaged
 */
export async function readCifar10Batches(folder: string, settings: ReadSettings): Promise<Cifar10Pictures | null> {
  const paths = locate(folder, CIFAR10_FOLDERS, [...CIFAR10_TRAIN, CIFAR10_TEST]);
  if (paths === null) return null;
  const batches = await readBatches(paths, CIFAR10_LABELS, settings);
  return { ...CIFAR10_SHAPE, train: setOfBatches(batches.slice(0, -1)), test: setOfBatches(batches.slice(-1)) };
}

/**
 * Reads CIFAR-100 from `train` and `test` of the Python version, or `train.bin` and `test.bin` of the binary version, in
 * a folder or in the archive's folder inside it.
 *
 * @param which labels that count: those of its 100 classes, or of the 20 groups of them
 * @returns null if the folder lacks the files
 * @throws DataError if a file is damaged
 */
export async function readCifar100(
  folder: string,
  which: keyof typeof CIFAR100,
  settings: ReadSettings,
): Promise<Dataset | null> {
  const paths = locate(folder, CIFAR100_FOLDERS, ['train', 'test']);
  if (paths === null) return null;
  const { labels, text, key, names } = CIFAR100[which];
  const [train, test] = await readBatches(paths, labels, settings);
  const place = join(paths[0] as string, '..');
  const named = [text, 'meta'].map((file) => join(place, file)).find(isFile);
  const classes =
    named === undefined ? names : readClassNames(named, await readFile(named), { key, count: names.length });
  const sets = [train, test].map((batch) => setOfBatches([batch as CifarBatch]));
  return { side: 32, channels: 3, classes, train: sets[0]!, test: sets[1]! };
}

/** Paths of files that lie in one folder, each with the ending `.bin` or without one; null if some are missing. */
function locate(folder: string, inside: readonly string[], names: readonly string[]): string[] | null {
  for (const place of inside) {
    const paths = names.flatMap((name) => {
      const path = [`${name}.bin`, name].map((file) => join(folder, place, file)).find(isFile);
      return path === undefined ? [] : [path];
    });
    if (paths.length === names.length) return paths;
  }
  return null;
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

async function readBatches(
  paths: readonly string[],
  labels: LabelPlace,
  { opened, signal }: ReadSettings,
): Promise<CifarBatch[]> {
  const batches: CifarBatch[] = [];
  for (const path of paths) {
    signal?.throwIfAborted();
    batches.push(readCifarBatch(path, await readFile(path), labels));
    opened?.(batches.length, paths.length);
  }
  return batches;
}
