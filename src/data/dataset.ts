import { createHash } from 'node:crypto';
import { Random } from '../math/random.ts';

/** Names of CIFAR-10's ten classes, in the order of its labels. */
export const CLASS_NAMES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

/** Height and width of a picture, in pixels. */
export const IMAGE_SIZE = 32;

/** Number of bytes of a picture: height x width x 3 channels. */
export const IMAGE_BYTES = IMAGE_SIZE * IMAGE_SIZE * 3;

/** Thrown when pictures are missing, damaged, or not the requested ones. The message says what to do. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/** Pictures and their labels. Both arrays are in shared memory, so that worker threads read them without a copy. */
export interface ImageSet {
  /** `[count, 32, 32, 3]` pictures, row-major */
  readonly images: Uint8Array<SharedArrayBuffer>;
  /** `[count]` labels, from 0 to 9 */
  readonly labels: Uint8Array<SharedArrayBuffer>;
  /** Number of pictures. */
  readonly count: number;
}

/** A training set, and a test set for measurements only. */
export interface Dataset {
  readonly train: ImageSet;
  readonly test: ImageSet;
}

/** Creates a set of black pictures of class 0, ready to be filled. */
export function createImageSet(count: number): ImageSet {
  return {
    images: new Uint8Array(new SharedArrayBuffer(count * IMAGE_BYTES)),
    labels: new Uint8Array(new SharedArrayBuffer(count)),
    count,
  };
}

/** Counts the pictures of each class: `[classes]`. */
export function countClasses({ labels }: ImageSet): number[] {
  const counts = CLASS_NAMES.map(() => 0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}

/**
 * SHA-256 of the decoded bytes, in hexadecimal: images and labels of the training set, then of the test set. It does
 * not depend on the source of the pictures.
 */
export function digestDataset({ train, test }: Dataset): string {
  const hash = createHash('sha256');
  for (const set of [train, test]) hash.update(set.images).update(set.labels);
  return hash.digest('hex');
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
