import { statSync } from 'node:fs';
import { DataError } from './data-error.ts';
import { countPictureBytes, type DataShape, type Dataset, type ImageSet } from './dataset.ts';

/** Largest number of classes. */
const MAX_CLASSES = 1000;

/**
 * Checks that a data set is what its shape says: so that a wrong one is refused at once, and not in the middle of a run.
 *
 * @throws DataError that names the rule and the value
 */
export function checkDataset({ train, test, ...shape }: Dataset): void {
  const { side, channels, classes } = shape;
  const refuse = (rule: string, got: unknown): never => {
    throw new DataError(`${rule}, got ${got}`);
  };
  if (!Number.isSafeInteger(side) || side < 1) refuse('the side of the pictures must be a positive integer', side);
  if (channels !== 1 && channels !== 3) refuse('the pictures must have 1 or 3 channels', channels);
  if (classes.length < 2 || classes.length > MAX_CLASSES) {
    refuse(`a data set must have from 2 to ${MAX_CLASSES} classes`, classes.length);
  }
  const twice = classes.find((name, i) => classes.indexOf(name) !== i);
  if (twice !== undefined) refuse('the names of the classes must differ', JSON.stringify(twice));
  for (const [name, set] of [
    ['training set', train],
    ['test set', test],
  ] as const) {
    checkSet(name, set, shape, refuse);
  }
}

function checkSet(
  name: string,
  { images, labels, count }: ImageSet,
  shape: DataShape,
  refuse: (rule: string, got: unknown) => never,
): void {
  const { side, channels, classes } = shape;
  if (!Number.isSafeInteger(count) || count < 1) refuse(`the ${name} must have at least one picture`, count);
  if (labels.length !== count) refuse(`the ${name} must have a label for each of its ${count} pictures`, labels.length);
  const bytes = count * countPictureBytes(shape);
  const held = images.kind === 'memory' ? images.bytes.length : fileBytes(images.path) - images.start;
  if (images.kind === 'memory' ? held !== bytes : held < bytes) {
    refuse(`${count} pictures of ${side}x${side}x${channels} in the ${name} must have ${bytes} bytes`, held);
  }
  const foreign = labels.findIndex((label) => label >= classes.length);
  if (foreign !== -1) {
    refuse(`the labels of the ${name} must be below ${classes.length}, the number of classes`, labels[foreign]);
  }
}

/** @throws DataError if there is no such file */
function fileBytes(path: string): number {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isFile()) return file.size;
  throw new DataError(`the file of the pictures, ${path}, is missing`);
}
