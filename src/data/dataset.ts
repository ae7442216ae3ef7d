import { createHash } from 'node:crypto';
import { Random } from '../math/random.ts';
import { DataError } from './data-error.ts';
import { type PixelStore, readAllPixels } from './pixel-store.ts';

export { DataError } from './data-error.ts';
export type { PixelStore } from './pixel-store.ts';

/** Pictures and their labels. What is in memory is shared, so that worker threads read it without a copy. */
export interface ImageSet {
  /** `[count, side, side, channels]` pictures, row-major */
  readonly images: PixelStore;
  /** `[count]` labels, from 0 to the number of classes - 1 */
  readonly labels: Uint16Array<SharedArrayBuffer>;
  /** Number of pictures. */
  readonly count: number;
}

/** A set in memory, which can be filled. */
export interface MemoryImageSet extends ImageSet {
  readonly images: Extract<PixelStore, { readonly kind: 'memory' }>;
}

/** What a network must know of a data set. */
export interface DataShape {
  /** Height and width of a picture, in pixels. */
  readonly side: number;
  /** Channels of a pixel: 1 is gray; 3 are red, green and blue. */
  readonly channels: 1 | 3;
  /** Names of the classes, in the order of the labels. */
  readonly classes: readonly string[];
}

/** A training set, and a test set for measurements only. */
export interface Dataset extends DataShape {
  readonly train: ImageSet;
  readonly test: ImageSet;
}

/** A data set, and the facts that a run's record keeps. */
export interface LoadedDataset extends Dataset {
  /** SHA-256 of pixels and labels, as `digestDataset` computes it. */
  readonly digest: string;
  /** Origin of the pictures: a folder, or the name of the source. */
  readonly source: string;
  /** Whether these are CIFAR-10's 50,000 and 10,000 pictures, bit for bit. */
  readonly official: boolean;
  /** Name of the format: `cifar10`, `cifar100`, `idx`, `folder`, `arrays`. */
  readonly format: string;
  /** `[channels]` mean of each channel over the training set, in units of 255; CIFAR-10 has that of the papers' code */
  readonly mean: readonly number[];
  /** `[channels]` standard deviation of each channel, likewise */
  readonly deviation: readonly number[];
  /** Whether a mirrored picture is still one of its class: the default of the option `flip`. */
  readonly flip: boolean;
  /** Sentences for the user: pictures skipped, duplicates across train and test, the rule of the split. */
  readonly notes: readonly string[];
}

/** Number of bytes of a picture. */
export function countPictureBytes({ side, channels }: Pick<DataShape, 'side' | 'channels'>): number {
  return side * side * channels;
}

/** Creates a set of black pictures of class 0 in memory, ready to be filled. */
export function createImageSet(count: number, shape: Pick<DataShape, 'side' | 'channels'>): MemoryImageSet {
  return {
    images: { kind: 'memory', bytes: new Uint8Array(new SharedArrayBuffer(count * countPictureBytes(shape))) },
    labels: new Uint16Array(new SharedArrayBuffer(count * Uint16Array.BYTES_PER_ELEMENT)),
    count,
  };
}

/** Counts the pictures of each class: `[classes]`. */
export function countClasses({ labels }: ImageSet, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}

/** Number of classes up to which a label is one byte of the digest. */
const BYTE_CLASSES = 256;

/**
 * SHA-256 of the decoded bytes, in hexadecimal: images and labels of the training set, then of the test set. It does not
 * depend on the source of the pictures. A label is one byte, or two (the lower first) if there are more than 256 classes.
 *
 * @throws DataError if a file of pixels cannot be read
 */
export function digestDataset({ train, test, side, channels, classes }: Dataset): string {
  const hash = createHash('sha256');
  for (const { images, labels, count } of [train, test]) {
    readAllPixels(images, count, countPictureBytes({ side, channels }), (bytes) => hash.update(bytes));
    hash.update(classes.length > BYTE_CLASSES ? twoBytes(labels) : Uint8Array.from(labels));
  }
  return hash.digest('hex');
}

function twoBytes(labels: Uint16Array): Uint8Array {
  const bytes = Buffer.alloc(2 * labels.length);
  for (const [i, label] of labels.entries()) bytes.writeUInt16LE(label, 2 * i);
  return bytes;
}

/** The two halves of the training set, as indices into it: disjoint, in random order. */
export interface TrainingSplit {
  /** `[pictures]` indices that w learns from */
  readonly weights: Uint32Array;
  /** `[pictures]` indices that alpha learns from; one more than the other half if the size is odd */
  readonly alpha: Uint32Array;
}

/**
 * Splits the training set in half, as DARTS does. It takes the first `trainSize` pictures of a seeded permutation; their
 * first half is for w.
 *
 * @param count number of pictures in the training set
 * @param options.trainSize number of pictures to use. @default all
 * @throws DataError if the training set has fewer than `trainSize` pictures
 * @throws RangeError if `trainSize` is not an integer of at least 2
 */
export function splitTrainingSet(
  count: number,
  seed: number,
  { trainSize = count }: { readonly trainSize?: number | undefined } = {},
): TrainingSplit {
  if (!Number.isInteger(trainSize) || trainSize < 2) {
    throw new RangeError(`trainSize must be an integer of at least 2, got ${trainSize}`);
  }
  if (trainSize > count) {
    throw new DataError(`trainSize must not exceed the ${count} pictures of the training set, got ${trainSize}`);
  }
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  Random.fromSeed(seed, 'split').shuffle(order);
  const half = Math.floor(trainSize / 2);
  return { weights: order.slice(0, half), alpha: order.slice(half, trainSize) };
}
