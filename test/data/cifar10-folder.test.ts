import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countRecords, decodeRecords, encodeRecords, RECORD_BYTES } from '../../src/data/cifar10-folder.ts';
import { CIFAR10_SHAPE, IMAGE_BYTES } from '../../src/data/cifar10-format.ts';
import { countClasses, createImageSet, DataError, digestDataset, type MemoryImageSet } from '../../src/data/dataset.ts';
import { blackPictures } from '../support/made-up-data.ts';

/** Makes a record with the bytes of a function of (channel, y, x). */
function record(label: number, byte: (channel: number, y: number, x: number) => number): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES);
  bytes[0] = label;
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < 32; y++) for (let x = 0; x < 32; x++) bytes[1 + c * 1024 + y * 32 + x] = byte(c, y, x);
  }
  return bytes;
}

const setOf = (...records: Uint8Array[]): MemoryImageSet => {
  const set = blackPictures(records.length);
  for (const [i, r] of records.entries()) decodeRecords('f', r, set, i);
  return set;
};

describe('decodeRecords', () => {
  it('converts planes to channels last', () => {
    const byte = (c: number, y: number, x: number): number => (c * 83 + y * 37 + x * 11) % 256;
    const set = setOf(
      record(3, () => 9),
      record(7, byte),
    );
    expect([...set.labels]).toEqual([3, 7]);
    expect(set.images.bytes.subarray(0, IMAGE_BYTES).every((v) => v === 9)).toBe(true);
    const wrong: string[] = [];
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 32; x++) {
        for (let c = 0; c < 3; c++) {
          if (set.images.bytes[IMAGE_BYTES + (y * 32 + x) * 3 + c] !== byte(c, y, x)) wrong.push(`${c} ${y} ${x}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is the inverse of encodeRecords for any part of a set', () => {
    const bytes = fc.uint8Array({ minLength: 4 * RECORD_BYTES, maxLength: 4 * RECORD_BYTES });
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(9), { minLength: 4, maxLength: 4 }), fc.nat(3), (noise, labels, start) => {
        const records = noise.slice();
        for (const [i, label] of labels.entries()) records[i * RECORD_BYTES] = label;
        const set = blackPictures(4);
        decodeRecords('f', records, set, 0);
        expect(Buffer.compare(encodeRecords(set, start, 4), records.subarray(start * RECORD_BYTES))).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses a label that is not one of the ten, and names the record', () => {
    const records = Buffer.concat([record(9, () => 0), record(10, () => 0)]);
    const decode = () => decodeRecords('x.bin', records, blackPictures(2), 0);
    expect(decode).toThrow(DataError);
    expect(decode).toThrow('x.bin: a label must be below 10, got 10 in record 1');
  });

  it('refuses incomplete records', () => {
    for (const bytes of [0, 1, RECORD_BYTES - 1, RECORD_BYTES + 1, 30_729_999, 3074 * 100]) {
      expect(() => countRecords('x.bin', bytes)).toThrow(DataError);
    }
    expect(countRecords('x.bin', 30_730_000)).toBe(10_000);
  });
});

describe('digestDataset', () => {
  it('is the SHA-256 of images and labels, training set first', () => {
    const train = setOf(record(1, (c) => c));
    const test = setOf(record(2, (_, y) => y));
    const bytes = Buffer.concat([train, test].flatMap(({ images, labels }) => [images.bytes, Uint8Array.from(labels)]));
    expect(digestDataset({ ...CIFAR10_SHAPE, train, test })).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});

describe('countClasses', () => {
  it('counts every label', () => {
    const set = setOf(...[0, 9, 9, 4].map((label) => record(label, () => 0)));
    expect(countClasses(set, 10)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 0, 2]);
  });
});

describe('createImageSet', () => {
  it('is in memory that another thread shares', () => {
    const set = createImageSet(1, CIFAR10_SHAPE);
    const clone = structuredClone(set);
    clone.images.bytes[5] = 42;
    clone.labels[0] = 3;
    expect([set.images.bytes[5], set.labels[0]]).toEqual([42, 3]);
  });
});
