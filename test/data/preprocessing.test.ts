import { describe, expect, it } from 'vitest';
import { CIFAR10_FACTS, CIFAR10_SHAPE, CLASS_NAMES, IMAGE_BYTES } from '../../src/data/cifar10-format.ts';
import { evaluationMiniBatch } from '../../src/data/mini-batch.ts';
import { normalizePixels, recordedPreprocessing } from '../../src/data/preprocessing.ts';
import { blackPictures } from '../support/made-up-data.ts';

describe('normalizePixels', () => {
  it('makes what the network is evaluated on, to the bit', () => {
    const facts = { ...CIFAR10_SHAPE, ...CIFAR10_FACTS };
    const set = blackPictures(2);
    set.images.bytes.set(Uint8Array.from({ length: 2 * IMAGE_BYTES }, (_, i) => (i * 31) % 256));
    const { images } = evaluationMiniBatch(set, null, { facts, start: 0, batch: 2, image: 32 });
    expect(normalizePixels(set.images.bytes, recordedPreprocessing(null, 32))).toEqual(images);
  });

  it('takes the mean to 0, and one deviation above it to 1', () => {
    const about = { channels: 3, mean: [0.2, 0.4, 0.6], deviation: [0.1, 0.2, 0.3] } as const;
    const values = normalizePixels([51, 102, 153, 76.5, 153, 229.5], about);
    [0, 0, 0, 1, 1, 1].forEach((value, i) => void expect(values[i]).toBeCloseTo(value, 6));
  });
});

describe('recordedPreprocessing', () => {
  it('names the classes in the order of the labels', () => {
    expect(recordedPreprocessing(null, 8)).toMatchObject({ image: 8, channels: 3, classes: CLASS_NAMES });
  });
});
