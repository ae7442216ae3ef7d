import { existsSync, statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CIFAR10_SHAPE, CLASS_NAMES, IMAGE_BYTES } from './cifar10-format.ts';
import { createImageSet, DataError, type Dataset, type MemoryImageSet } from './dataset.ts';

/*
 * The binary version of CIFAR-10 (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html): six files of records. A
 * record is a label byte, then the red, green and blue planes, each row by row.
 */

/** Pictures of CIFAR-10, or of a smaller set in its format, in memory. */
export interface Cifar10Pictures extends Dataset {
  readonly train: MemoryImageSet;
  readonly test: MemoryImageSet;
}

/** Number of bytes of a record. */
export const RECORD_BYTES = 1 + IMAGE_BYTES;

const PLANE = CIFAR10_SHAPE.side ** 2;

/** The files of the training set, in order. */
export const TRAIN_FILES = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);

const TEST_FILE = 'test_batch.bin';

/** Number of records in each file of the official set. */
export const OFFICIAL_RECORDS = 10_000;

/**
 * Returns the number of records in a file.
 *
 * @param name name of the file, for the error
 * @param bytes size of the file
 * @throws DataError if the size is not a positive multiple of a record's
 */
export function countRecords(name: string, bytes: number): number {
  if (bytes === 0 || bytes % RECORD_BYTES !== 0) {
    throw new DataError(
      `${name} must be a positive multiple of ${RECORD_BYTES} bytes long, got ${bytes}: it is truncated or not CIFAR-10's`,
    );
  }
  return bytes / RECORD_BYTES;
}

/**
 * Decodes records into a set, channels last.
 *
 * @param name name of the file, for the error
 * @param at index in the set of the first record's picture
 * @throws DataError if a label is not one of the ten
 */
export function decodeRecords(
  name: string,
  records: Uint8Array,
  { images: { bytes }, labels }: MemoryImageSet,
  at: number,
): void {
  const count = countRecords(name, records.length);
  for (let i = 0; i < count; i++) {
    const label = records[i * RECORD_BYTES] as number;
    if (label >= CLASS_NAMES.length) {
      throw new DataError(`${name}: a label must be below ${CLASS_NAMES.length}, got ${label} in record ${i}`);
    }
    labels[at + i] = label;
    const red = i * RECORD_BYTES + 1;
    let to = (at + i) * IMAGE_BYTES;
    for (let from = red; from < red + PLANE; from++) {
      bytes[to++] = records[from] as number;
      bytes[to++] = records[from + PLANE] as number;
      bytes[to++] = records[from + 2 * PLANE] as number;
    }
  }
}

/** Encodes the pictures from `start` up to, but excluding, `end` as records. */
export function encodeRecords({ images: { bytes }, labels }: MemoryImageSet, start: number, end: number): Uint8Array {
  const records = new Uint8Array((end - start) * RECORD_BYTES);
  for (let i = start; i < end; i++) {
    let to = (i - start) * RECORD_BYTES;
    records[to++] = labels[i] as number;
    let from = i * IMAGE_BYTES;
    for (const last = to + PLANE; to < last; to++) {
      records[to] = bytes[from++] as number;
      records[to + PLANE] = bytes[from++] as number;
      records[to + 2 * PLANE] = bytes[from++] as number;
    }
  }
  return records;
}

/** Name of the folder inside the official archive. */
export const ARCHIVE_FOLDER = 'cifar-10-batches-bin';

const FILES = [...TRAIN_FILES, TEST_FILE];

/**
 * Reads the six files of the binary version from a folder, or from `cifar-10-batches-bin` inside it. The files may have
 * any number of records.
 *
 * @param opened called after each file, with the number of files read
 * @throws DataError if files are missing, truncated, or not of this format
 */
export async function readCifar10Folder(
  folder: string,
  opened: (files: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Cifar10Pictures> {
  const place = [folder, join(folder, ARCHIVE_FOLDER)].find((at) => FILES.every((file) => existsSync(join(at, file))));
  if (place === undefined) throw new DataError(describeMissing(folder));

  const counts = FILES.map((file) => countRecords(join(place, file), statSync(join(place, file)).size));
  const test = createImageSet(counts.at(-1) as number, CIFAR10_SHAPE);
  const train = createImageSet(counts.reduce((sum, count) => sum + count) - test.count, CIFAR10_SHAPE);
  let at = 0;
  for (const [i, file] of FILES.entries()) {
    signal?.throwIfAborted();
    const path = join(place, file);
    const records = await readFile(path);
    if (countRecords(path, records.length) !== counts[i]) throw new DataError(`${path} changed while it was read`);
    decodeRecords(path, records, file === TEST_FILE ? test : train, file === TEST_FILE ? 0 : at);
    at += counts[i] as number;
    opened(i + 1);
  }
  return { ...CIFAR10_SHAPE, train, test };
}

/** Writes the six files and flushes them to disk. The five training files get equal shares, in order. */
export async function writeCifar10Folder(folder: string, { train, test }: Cifar10Pictures): Promise<string[]> {
  for (const [i, name] of TRAIN_FILES.entries()) {
    const [start, end] = [i, i + 1].map((part) => Math.floor((train.count * part) / TRAIN_FILES.length));
    await writeDurably(join(folder, name), encodeRecords(train, start as number, end as number));
  }
  await writeDurably(join(folder, TEST_FILE), encodeRecords(test, 0, test.count));
  return FILES;
}

async function writeDurably(path: string, contents: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(contents);
    await file.sync();
  } finally {
    await file.close();
  }
}

function describeMissing(folder: string): string {
  if (!existsSync(folder)) return `there is no folder ${folder}`;
  const missing = FILES.filter((file) => !existsSync(join(folder, file)));
  const pickled = existsSync(join(folder, 'data_batch_1')) || existsSync(join(folder, 'cifar-10-batches-py'));
  const hint = pickled ? '; it holds the Python version; the binary version is needed' : '';
  const what =
    missing.length === FILES.length ? `${FILES[0]} to ${TRAIN_FILES.at(-1)} and ${TEST_FILE}` : missing.join(', ');
  return `${folder} lacks ${what}${hint}`;
}
