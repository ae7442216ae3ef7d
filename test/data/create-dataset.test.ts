import { describe, expect, it } from 'vitest';
import { checkDataset } from '../../src/data/check-dataset.ts';
import { createDataset, type DatasetArrays } from '../../src/data/create-dataset.ts';
import { DataError, digestDataset } from '../../src/data/dataset.ts';
import { madeUpArrays } from '../support/made-up-arrays.ts';

const ARRAYS = madeUpArrays();

describe('createDataset', () => {
  it('takes arrays as they are, and measures what the network must know', () => {
    const arrays: DatasetArrays = {
      ...{ side: 2, channels: 3, classes: ['dark', 'bright'] },
      train: { pixels: Uint8Array.of(...Array(12).fill(0), ...Array(4).fill([255, 0, 51]).flat()), labels: [0, 1] },
      test: { pixels: new Uint8ClampedArray(12).fill(9), labels: Uint8Array.of(1) },
    };
    const made = createDataset({ ...arrays, flip: false, source: 'my camera' });
    expect(made).toMatchObject({ side: 2, channels: 3, classes: ['dark', 'bright'], flip: false, official: false });
    expect(made).toMatchObject({ format: 'arrays', source: 'my camera', notes: [] });
    expect([...made.train.labels, ...made.test.labels]).toEqual([0, 1, 1]);
    [0.5, 0, 0.1].forEach((mean, c) => void expect(made.mean[c]).toBeCloseTo(mean, 12));
    // A channel of one value normalizes to 0, and not to nothing.
    [0.5, 1, 0.1].forEach((deviation, c) => void expect(made.deviation[c]).toBeCloseTo(deviation, 12));
    expect(made.digest).toBe(digestDataset(made));
    expect(createDataset(arrays)).toMatchObject({ flip: true, source: 'arrays', digest: made.digest });
  });

  it('keeps a copy', () => {
    const pixels = ARRAYS.train.pixels.slice();
    const made = createDataset({ ...ARRAYS, train: { ...ARRAYS.train, pixels } });
    pixels.fill(0);
    expect(digestDataset(made)).toBe(made.digest);
  });

  it('takes labels of two bytes, and tells them apart in the digest', () => {
    const labels = (last: number) => Uint16Array.from({ length: 300 }, (_, i) => (i === 299 ? last : i % 300));
    const many = (last: number) =>
      createDataset({
        ...{ side: 4, channels: 1, classes: Array.from({ length: 300 }, (_, i) => `${i}`) },
        train: { pixels: new Uint8Array(300 * 16), labels: labels(299) },
        test: { pixels: new Uint8Array(300 * 16), labels: labels(last) },
      });
    expect(many(299).train.labels.at(-1)).toBe(299);
    expect(many(299).digest).not.toBe(many(299 - 256).digest);
  });

  const { train, test } = ARRAYS;
  it.each<[Partial<DatasetArrays>, string]>([
    [{ side: 13 }, '60 pictures of 13x13x1 in the training set must have 10140 bytes, got 8640'],
    [{ test: { ...test, pixels: new Uint8Array(3) } }, '12 pictures of 12x12x1 in the test set must have 1728 bytes'],
    [{ channels: 3 }, '60 pictures of 12x12x3 in the training set must have 25920 bytes'],
    [{ train: { ...train, labels: Array(60).fill(3) } }, 'a label must be an integer from 0 to 2, got 3'],
    [{ test: { ...test, labels: Array(12).fill(-1) } }, 'a label must be an integer from 0 to 2, got -1'],
    [{ test: { ...test, labels: Array(12).fill(0.5) } }, 'got 0.5 in the test set'],
    [
      { train: { ...train, labels: Array(60).fill(1) } },
      'every class must have a picture in the training set, but class 0',
    ],
    [{ classes: ['a', 'b', 'a'] }, 'the names of the classes must differ, got "a"'],
    [{ test: { pixels: new Uint8Array(), labels: [] } }, 'the test set must have at least one picture, got 0'],
  ])('refuses what does not fit: %#', (change, said) => {
    const create = () => createDataset({ ...ARRAYS, ...change });
    expect(create).toThrow(DataError);
    expect(create).toThrow(said);
  });
});

describe('checkDataset', () => {
  const data = createDataset(ARRAYS);

  it.each([
    [{ side: 24 }, '60 pictures of 24x24x1 in the training set must have 34560 bytes, got 8640'],
    [{ side: 0 }, 'the side of the pictures must be a positive integer, got 0'],
    [{ channels: 2 }, 'the pictures must have 1 or 3 channels, got 2'],
    [{ classes: ['a', 'b'] }, 'the labels of the training set must be below 2, the number of classes, got 2'],
    [{ classes: ['a'] }, 'a data set must have from 2 to 1000 classes, got 1'],
    [{ train: { ...data.train, count: 59 } }, 'the training set must have a label for each of its 59 pictures, got 60'],
    [
      { test: { ...data.test, images: { kind: 'file', path: '/nowhere', start: 0 } } },
      'the file of the pictures, /nowhere, is missing',
    ],
  ])('refuses a set that is not what its shape says: %#', (change, said) => {
    expect(() => checkDataset(data)).not.toThrow();
    const check = () => checkDataset({ ...data, ...change } as typeof data);
    expect(check).toThrow(DataError);
    expect(check).toThrow(said);
  });
});
