import { createHash } from 'node:crypto';
import { DataError } from './data-error.ts';
import { CLASS_NAMES, type Dataset, IMAGE_BYTES, IMAGE_SIZE, type ImageSet } from './dataset.ts';

/*
 * The binary version of CIFAR-10 (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html): files of records. A
 * record is a label byte, then the red plane, the green and the blue, each row by row.
 */

/** Bytes of a record. */
export const RECORD_BYTES = 1 + IMAGE_BYTES;

const PLANE = IMAGE_SIZE * IMAGE_SIZE;

/** The files of the training set, in order. */
export const TRAIN_FILES = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);

export const TEST_FILE = 'test_batch.bin';

/** Records of each file of the official set. */
export const OFFICIAL_RECORDS = 10_000;

/**
 * Number of records in a file of so many bytes.
 *
 * @param name of the file, for the message
 * @throws DataError where it is not a positive whole number
 */
export function countRecords(name: string, bytes: number): number {
  if (bytes === 0 || bytes % RECORD_BYTES !== 0) {
    throw new DataError(
      `${name} must be a positive multiple of ${RECORD_BYTES} bytes long, got ${bytes}: it is cut off or not CIFAR-10's`,
    );
  }
  return bytes / RECORD_BYTES;
}

/**
 * Decodes records into a set, channels last.
 *
 * @param name of the file, for the message
 * @param at picture of the set that the first record becomes
 * @throws DataError where a label is none of the ten
 */
export function decodeRecords(name: string, records: Uint8Array, { images, labels }: ImageSet, at: number): void {
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
      images[to++] = records[from] as number;
      images[to++] = records[from + PLANE] as number;
      images[to++] = records[from + 2 * PLANE] as number;
    }
  }
}

/** Encodes the pictures from `start` to before `end` as records. */
export function encodeRecords({ images, labels }: ImageSet, start: number, end: number): Uint8Array {
  const records = new Uint8Array((end - start) * RECORD_BYTES);
  for (let i = start; i < end; i++) {
    let to = (i - start) * RECORD_BYTES;
    records[to++] = labels[i] as number;
    let from = i * IMAGE_BYTES;
    for (const last = to + PLANE; to < last; to++) {
      records[to] = images[from++] as number;
      records[to + PLANE] = images[from++] as number;
      records[to + 2 * PLANE] = images[from++] as number;
    }
  }
  return records;
}

/**
 * SHA-256 of the decoded bytes, in hexadecimal: images and labels of the training set, then of the test set. The same
 * wherever the pictures came from.
 */
export function digestDataset({ train, test }: Dataset): string {
  const hash = createHash('sha256');
  for (const set of [train, test]) hash.update(set.images).update(set.labels);
  return hash.digest('hex');
}
