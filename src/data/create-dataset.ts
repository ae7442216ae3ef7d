import { checkDataset } from './check-dataset.ts';
import { DataError } from './data-error.ts';
import {
  countClasses,
  createImageSet,
  type DataShape,
  digestDataset,
  type LoadedDataset,
  type MemoryImageSet,
} from './dataset.ts';
import { measureChannels } from './measure-channels.ts';

/** Pictures of a program's own. */
export interface PictureArrays {
  /** `[count, side, side, channels]` bytes, row-major */
  readonly pixels: Uint8Array | Uint8ClampedArray;
  /** `[count]` class of each picture, from 0 */
  readonly labels: ArrayLike<number>;
}

/** Arrays that make a data set. */
export interface DatasetArrays extends DataShape {
  readonly train: PictureArrays;
  readonly test: PictureArrays;
  /** Whether a mirrored picture is still one of its class. @default true */
  readonly flip?: boolean;
  /** Name of the pictures in the record. @default 'arrays' */
  readonly source?: string;
}

/**
 * Makes a data set of arrays of the caller's own, which are copied. Mean and deviation are those of the training set.
 *
 * @throws DataError if the arrays do not fit the shape, a label is not a class, or a class has no training picture
 */
export function createDataset(given: DatasetArrays): LoadedDataset {
  const { side, channels, classes, flip = true, source = 'arrays' } = given;
  const shape = { side, channels, classes: [...classes] };
  const train = copyArrays('training set', given.train, shape);
  const dataset = { ...shape, train, test: copyArrays('test set', given.test, shape) };
  checkDataset(dataset);
  const missing = countClasses(train, classes.length).indexOf(0);
  if (missing !== -1) {
    throw new DataError(`every class must have a picture in the training set, but ${classes[missing]} has none`);
  }
  return {
    ...dataset,
    ...measureChannels(train, shape),
    ...{ digest: digestDataset(dataset), source, official: false, format: 'arrays', flip, notes: [] },
  };
}

/** Copies arrays into shared memory. @throws DataError if the pixels do not fit the labels, or a label is no class */
function copyArrays(name: string, { pixels, labels }: PictureArrays, shape: DataShape): MemoryImageSet {
  const { side, channels, classes } = shape;
  const set = createImageSet(labels.length, shape);
  if (pixels.length !== set.images.bytes.length) {
    throw new DataError(
      `${labels.length} pictures of ${side}x${side}x${channels} in the ${name} must have ` +
        `${set.images.bytes.length} bytes, got ${pixels.length}`,
    );
  }
  set.images.bytes.set(pixels);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes.length) {
      throw new DataError(`a label must be an integer from 0 to ${classes.length - 1}, got ${label} in the ${name}`);
    }
    set.labels[i] = label;
  }
  return set;
}
