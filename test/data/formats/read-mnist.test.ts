import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError, type LoadedDataset } from '../../../src/data/dataset.ts';
import { readIdx } from '../../../src/data/formats/read-idx.ts';
import { loadDataset } from '../../../src/data/load-dataset.ts';

const FIXTURE = new URL('../fixtures/mnist', import.meta.url).pathname;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mnist-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Makes an IDX file of bytes. */
function idx(shape: readonly number[], values: ArrayLike<number>): Uint8Array {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head[2] = 8;
  head[3] = shape.length;
  for (const [i, length] of shape.entries()) head.writeUInt32BE(length, 4 + 4 * i);
  return Buffer.concat([head, Uint8Array.from(values)]);
}

/** Writes the four files of 2 + 1 pictures. */
function write(place: string, { side = 4, labels = [0, 1] }: { side?: number; labels?: readonly number[] } = {}): void {
  mkdirSync(join(folder, place), { recursive: true });
  for (const [name, bytes] of Object.entries({
    'train-images-idx3-ubyte': idx(
      [2, side, side],
      Array.from({ length: 2 * side * side }, (_, i) => i),
    ),
    'train-labels-idx1-ubyte': idx([2], labels),
    't10k-images-idx3-ubyte': idx([1, side, side], new Uint8Array(side * side)),
    't10k-labels-idx1-ubyte': idx([1], [1]),
  })) {
    writeFileSync(join(folder, place, name), bytes);
  }
}

const load = (place = ''): Promise<LoadedDataset> => loadDataset({ data: join(folder, place) });

describe('MNIST', () => {
  it('is read from an excerpt of the real files', async () => {
    const data = await loadDataset({ data: FIXTURE });
    expect(data).toMatchObject({ format: 'idx', side: 28, channels: 1, flip: false, official: false, source: FIXTURE });
    expect(data.classes).toEqual([...'0123456789']);
    expect([data.train.count, data.test.count]).toEqual([160, 40]);
    // The first digits of the official order.
    expect([...data.train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect([...data.test.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    const { bytes } = data.train.images as { bytes: Uint8Array };
    // The first picture, a five: the sum of its pixels in the whole set of the official site.
    expect(bytes.subarray(0, 784).reduce((sum, pixel) => sum + pixel, 0)).toBe(27525);
    expect(data.mean[0]).toBeCloseTo(0.1307, 1); // known of the whole set
    expect(data.deviation[0]).toBeCloseTo(0.3081, 1);
  });

  it('is read uncompressed, under both spellings, and from the folders of other libraries', async () => {
    const expected = await loadDataset({ data: FIXTURE });
    for (const place of ['plain', 'dots', 'MNIST/raw']) {
      mkdirSync(join(folder, place), { recursive: true });
      for (const name of readdirSync(FIXTURE)) {
        const to = place === 'dots' ? name.replace('-idx', '.idx') : name.replace('.gz', '');
        const bytes = readFileSync(join(FIXTURE, name));
        writeFileSync(join(folder, place, to), place === 'dots' ? bytes : gunzipSync(bytes));
      }
      expect(await load(place)).toEqual({ ...expected, source: join(folder, place) });
    }
    expect(await load()).toEqual({ ...expected, source: folder });
  });

  it('is Fashion-MNIST if the folder says so', async () => {
    for (const place of ['FashionMNIST/raw', 'data/fashion-mnist']) {
      cpSync(FIXTURE, join(folder, place), { recursive: true });
      const data = await load(place);
      expect(data.classes).toEqual(
        expect.arrayContaining(['T-shirt/top', 'Trouser', 'Sandal', 'Shirt', 'Sneaker', 'Ankle boot']),
      );
      expect(data).toMatchObject({ flip: true, format: 'idx' });
      expect(data.classes).toHaveLength(10);
    }
  });

  it('has as many classes as its labels tell', async () => {
    write('', { labels: [0, 25] });
    expect((await load()).classes).toHaveLength(26);
    write('', { labels: [0, 0] });
    expect((await load()).classes).toEqual(['0', '1']);
  });

  it.each([
    ['train-images-idx3-ubyte', idx([2, 4, 5], new Uint8Array(40)), 'must hold square pictures, got 2 of 4x5'],
    ['train-images-idx3-ubyte', idx([0, 4, 4], []), 'must hold square pictures, got 0 of 4x4'],
    ['train-labels-idx1-ubyte', idx([3], [1, 2, 3]), 'must hold 2 labels, one a picture, got 3'],
    ['t10k-images-idx3-ubyte', idx([1, 5, 5], new Uint8Array(25)), 'must be as large as those of'],
    ['t10k-images-idx3-ubyte', idx([1, 4, 4], new Uint8Array(15)), 'must hold 1x4x4 bytes, got 15: it is damaged'],
    ['t10k-labels-idx1-ubyte', Uint8Array.of(0x1f, 0x8b, 8), 'cannot be decompressed ('],
    ['t10k-labels-idx1-ubyte', Uint8Array.of(1, 2, 3), 'must be an IDX file of bytes with 1 dimensions'],
  ])('names %s if it is at fault', async (name, bytes, said) => {
    write('');
    writeFileSync(join(folder, name), bytes);
    await expect(load()).rejects.toBeInstanceOf(DataError);
    await expect(load()).rejects.toThrow(said);
    await expect(load()).rejects.toThrow(join(folder, name));
  });
});

describe('readIdx', () => {
  it('reads any array of bytes, and only whole', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, cut) => {
        const values = Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i);
        const file = idx(shape, values);
        const read = readIdx('x', file, shape.length);
        expect({ shape: read.shape, values: [...read.values] }).toEqual({ shape, values });
        expect(() => readIdx('x', file.subarray(0, cut % file.length), shape.length)).toThrow(DataError);
      }),
    );
  });
});
