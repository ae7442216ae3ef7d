import { countPictureBytes, type DataShape } from './dataset.ts';

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

/** Shape of CIFAR-10. */
export const CIFAR10_SHAPE = { side: 32, channels: 3, classes: CLASS_NAMES } as const satisfies DataShape;

/** Number of bytes of a picture of CIFAR-10. */
export const IMAGE_BYTES = countPictureBytes(CIFAR10_SHAPE);

/** What every loaded data set in CIFAR-10's format has in common. Mean and deviation are those of the papers' code. */
export const CIFAR10_FACTS = {
  format: 'cifar10',
  mean: [0.4914, 0.4822, 0.4465],
  deviation: [0.247, 0.2435, 0.2616],
  flip: true,
  notes: [],
} as const;
