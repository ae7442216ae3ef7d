import { existsSync, statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countRecords, decodeRecords, encodeRecords, TEST_FILE, TRAIN_FILES } from './cifar10-format.ts';
import { DataError } from './data-error.ts';
import { createImageSet, type Dataset } from './dataset.ts';

/** Folder inside the official archive. */
export const ARCHIVE_FOLDER = 'cifar-10-batches-bin';

const FILES = [...TRAIN_FILES, TEST_FILE];

/**
 * Reads the six files of the binary version from a folder, or from `cifar-10-batches-bin` inside it. Files of any
 * number of records are taken.
 *
 * @param opened told after each file, with how many of the six are read
 * @throws DataError where files are missing, cut off, or not of this format
 */
export async function readCifar10Folder(
  folder: string,
  opened: (files: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Dataset> {
  const place = [folder, join(folder, ARCHIVE_FOLDER)].find((at) => FILES.every((file) => existsSync(join(at, file))));
  if (place === undefined) throw new DataError(describeMissing(folder));

  const counts = FILES.map((file) => countRecords(join(place, file), statSync(join(place, file)).size));
  const test = createImageSet(counts.at(-1) as number);
  const train = createImageSet(counts.reduce((sum, count) => sum + count) - test.count);
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
  return { train, test };
}

/** Writes the six files, each safe on the disk when this returns. The training set is dealt out evenly, in order. */
export async function writeCifar10Folder(folder: string, { train, test }: Dataset): Promise<string[]> {
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
  const hint = pickled ? '; it holds the Python version, and the binary version is needed' : '';
  const what =
    missing.length === FILES.length ? `${FILES[0]} to ${TRAIN_FILES.at(-1)} and ${TEST_FILE}` : missing.join(', ');
  return `${folder} lacks ${what}${hint}`;
}
