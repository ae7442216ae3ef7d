import { CIFAR10_FACTS, CIFAR10_SHAPE } from '../../src/data/cifar10-format.ts';
import { createImageSet, type LoadedDataset, type MemoryImageSet } from '../../src/data/dataset.ts';

/** Black pictures of class 0, in the shape of CIFAR-10. */
export const blackPictures = (count: number): MemoryImageSet => createImageSet(count, CIFAR10_SHAPE);

/** A data set of black pictures of class 0, in the shape of CIFAR-10. */
export function madeUpData(train = 96, test = 8): LoadedDataset {
  const facts = { digest: 'abc', source: '/data', official: false };
  return { ...CIFAR10_SHAPE, ...CIFAR10_FACTS, ...facts, train: blackPictures(train), test: blackPictures(test) };
}
