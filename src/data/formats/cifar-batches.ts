import { createImageSet, DataError, type MemoryImageSet } from '../dataset.ts';
import { type Unpickled, unpickle } from './unpickle.ts';

/*
 * Files of CIFAR-10 and CIFAR-100 (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html). A record of the binary
 * version is one label byte, or two of CIFAR-100 (coarse, then fine), and the red, green and blue planes, each row by row.
 * A file of the Python version is a pickle of a dictionary with the same planes and with lists of labels.
 */

const SIDE = 32;
const PLANE = SIDE * SIDE;
const PICTURE_BYTES = 3 * PLANE;

/** First byte of a pickle of protocol 2. No label of CIFAR is as large. */
const PICKLE = 0x80;

/** Where the labels of a file are. */
export interface LabelPlace {
  /** Label bytes of a record in the binary version. */
  readonly bytes: 1 | 2;
  /** Place of the label among them. */
  readonly at: number;
  /** Name of the list in the Python version. */
  readonly key: string;
  /** Number of classes. */
  readonly classes: number;
}

/** Labels and planes of some pictures. */
export interface CifarBatch {
  readonly labels: readonly number[];
  /** Planes of picture `i`: `[3, 32, 32]` */
  planes(i: number): Uint8Array;
}

/**
 * Reads a file of the binary or of the Python version, which its first byte tells.
 *
 * @param name name of the file, for the error
 * @throws DataError if the file is truncated or of another format, or has a label that is no class
 */
export function readCifarBatch(name: string, bytes: Uint8Array, place: LabelPlace): CifarBatch {
  const batch = bytes[0] === PICKLE ? readPickled(name, bytes, place.key) : readRecords(name, bytes, place);
  const foreign = batch.labels.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < place.classes));
  if (foreign === -1) return batch;
  throw new DataError(
    `${name}: a label must be below ${place.classes}, got ${batch.labels[foreign]} in record ${foreign}`,
  );
}

function readRecords(name: string, bytes: Uint8Array, { bytes: labelBytes, at }: LabelPlace): CifarBatch {
  const size = labelBytes + PICTURE_BYTES;
  if (bytes.length === 0 || bytes.length % size !== 0) {
    throw new DataError(
      `${name} must be a positive multiple of ${size} bytes long, got ${bytes.length}: it is truncated`,
    );
  }
  return {
    labels: Array.from({ length: bytes.length / size }, (_, i) => bytes[i * size + at] as number),
    planes: (i) => bytes.subarray(i * size + labelBytes, (i + 1) * size),
  };
}

function readPickled(name: string, bytes: Uint8Array, key: string): CifarBatch {
  const batch = readDictionary(name, bytes);
  const [data, labels] = [batch.get('data'), batch.get(key)];
  if (!(data instanceof Uint8Array) || !Array.isArray(labels) || data.length !== labels.length * PICTURE_BYTES) {
    throw new DataError(
      `${name} must hold data, ${PICTURE_BYTES} bytes a picture, and a list ${key} of as many labels`,
    );
  }
  return { labels, planes: (i) => data.subarray(i * PICTURE_BYTES, (i + 1) * PICTURE_BYTES) };
}

/**
 * Reads names of classes: the lines of a text, or a list in a pickle.
 *
 * @param key name of the list
 * @throws DataError if there are not as many as classes
 */
export function readClassNames(
  name: string,
  bytes: Uint8Array,
  { key, count }: { key: string; count: number },
): string[] {
  const names = bytes[0] === PICKLE ? listOf(readDictionary(name, bytes).get(key)) : linesOf(bytes);
  if (names.length === count) return names;
  throw new DataError(`${name} must name ${count} classes, got ${names.length}`);
}

function readDictionary(name: string, bytes: Uint8Array): ReadonlyMap<string, Unpickled> {
  const dictionary = unpickle(name, bytes);
  if (dictionary instanceof Map) return dictionary;
  throw new DataError(`${name} must hold a dictionary`);
}

function listOf(value: Unpickled | undefined): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((each) => (each instanceof Uint8Array ? Buffer.from(each).toString('utf8') : String(each)));
}

function linesOf(bytes: Uint8Array): string[] {
  const lines = Buffer.from(bytes).toString('utf8').split(/\r?\n/);
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

/** Puts batches into a set, channels last. */
export function setOfBatches(batches: readonly CifarBatch[]): MemoryImageSet {
  const count = batches.reduce((sum, { labels }) => sum + labels.length, 0);
  const set = createImageSet(count, { side: SIDE, channels: 3 });
  const { bytes } = set.images;
  let at = 0;
  for (const batch of batches) {
    for (const [i, label] of batch.labels.entries()) {
      const planes = batch.planes(i);
      set.labels[at] = label;
      let to = at++ * PICTURE_BYTES;
      for (let from = 0; from < PLANE; from++) {
        bytes[to++] = planes[from] as number;
        bytes[to++] = planes[from + PLANE] as number;
        bytes[to++] = planes[from + 2 * PLANE] as number;
      }
    }
  }
  return set;
}
