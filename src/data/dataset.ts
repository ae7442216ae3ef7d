/** Names of the ten classes of CIFAR-10, in the order of its labels. */
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

/** Height and width of a picture. */
export const IMAGE_SIZE = 32;

/** Bytes of a picture: height, width, and red, green, blue. */
export const IMAGE_BYTES = IMAGE_SIZE * IMAGE_SIZE * 3;

/** Pictures and their labels. Both arrays lie in shared memory: worker threads get them without a copy. */
export interface ImageSet {
  /** `[count, 32, 32, 3]`, row-major */
  readonly images: Uint8Array<SharedArrayBuffer>;
  /** `[count]`, from 0 to 9 */
  readonly labels: Uint8Array<SharedArrayBuffer>;
  readonly count: number;
}

/** What is learned from, and what is only measured on. */
export interface Dataset {
  readonly train: ImageSet;
  readonly test: ImageSet;
}

/** A set of black pictures of class 0, to be filled. */
export function createImageSet(count: number): ImageSet {
  return {
    images: new Uint8Array(new SharedArrayBuffer(count * IMAGE_BYTES)),
    labels: new Uint8Array(new SharedArrayBuffer(count)),
    count,
  };
}

/** Pictures of each class. */
export function countClasses({ labels }: ImageSet): number[] {
  const counts = CLASS_NAMES.map(() => 0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}
