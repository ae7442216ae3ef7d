import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError, digestDataset, type ImageSet, type LoadedDataset } from '../../../src/data/dataset.ts';
import { readPictureFolder } from '../../../src/data/pictures/read-picture-folder.ts';
import { withPixels } from '../../../src/data/pixel-store.ts';
import { makePng } from '../../support/make-png.ts';
import { writeBelow, writePictures, writeTwoClasses } from '../../support/write-pictures.ts';

let folder: string;
let data: string;
let cache: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'picture-folder-'));
  data = join(folder, 'data');
  cache = join(folder, 'cache');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Options beside the folder; pictures are decoded to 4x4 pixels. */
type Options = Partial<Parameters<typeof readPictureFolder>[1]>;

async function read(options: Options = {}): Promise<LoadedDataset> {
  const loaded = await readPictureFolder(data, { side: 4, cache, ...options });
  if (loaded === null) throw new Error('there are no pictures');
  return loaded;
}

/** First pixel of each picture, under its label. */
function firstPixels({ images, labels, count }: ImageSet, channels = 3): string[] {
  const size = 16 * channels;
  return withPixels(images, (bytes) =>
    Array.from({ length: count }, (_, i) => `${labels[i]}: ${[...bytes(i * size, size)].slice(0, channels)}`),
  );
}

/** Times of decoding that progress told of. */
function countDecoded(): { readonly options: Options; count: number } {
  const counter = { count: 0, options: { onProgress: () => void counter.count++ } };
  return counter;
}

const entries = (): string[] => (existsSync(cache) ? readdirSync(cache) : []);

describe('readPictureFolder', () => {
  it('decodes every picture, class by class, into a file', async () => {
    await writePictures(data, {
      'train/b/1.png': { color: [1, 2, 3] },
      'train/a/2.png': { color: [4, 5, 6], width: 9, height: 5 },
      'train/a/10.webp': { color: [250, 250, 0] },
      'test/a/3.png': { color: [7, 8, 9] },
      'test/b/4.png': { color: [10, 11, 12], width: 2, height: 2 },
    });
    const loaded = await read();
    expect(loaded).toMatchObject({
      ...{ side: 4, channels: 3, classes: ['a', 'b'], source: data, official: false, format: 'folder', flip: true },
      notes: ['the 2 test pictures are those of the folder test'],
    });
    expect(loaded.train.images.kind).toBe('file');
    const [webp, ...exact] = firstPixels(loaded.train);
    expect(webp).toMatch(/^0: 2\d\d,2\d\d,\d+$/); // WebP is lossy
    expect(exact).toEqual(['0: 4,5,6', '1: 1,2,3']);
    expect(firstPixels(loaded.test)).toEqual(['0: 7,8,9', '1: 10,11,12']);
    expect(loaded.digest).toBe(digestDataset(loaded));
  });

  it('measures mean and deviation of the training set', async () => {
    await writePictures(data, {
      'train/a/1.png': { color: [0, 10, 255] },
      'train/b/2.png': { color: [255, 10, 255] },
      'test/a/3.png': { color: [9, 9, 9] },
      'test/b/4.png': { color: [8, 8, 8] },
    });
    const { mean, deviation } = await read();
    expect(mean).toEqual([0.5, 10 / 255, 1]);
    expect(deviation).toEqual([0.5, 1, 1]); // a constant channel has the deviation 1
  });

  it('has one channel if every picture is gray, and as many as asked for', async () => {
    await writePictures(data, {
      'a/1.png': { color: [5, 5, 5] },
      'a/2.png': { color: [6, 6, 6] },
      'b/3.png': { color: [7, 7, 7] },
    });
    writeBelow(data, 'b/4.png', makePng({ width: 1, depth: 8, type: 0, rows: [[8]] }));
    const gray = await read();
    expect(gray.channels).toBe(1);
    expect([...firstPixels(gray.train, 1), ...firstPixels(gray.test, 1)].toSorted()).toEqual([
      '0: 5',
      '0: 6',
      '1: 7',
      '1: 8',
    ]);
    expect((await read({ channels: 3 })).channels).toBe(3);
    await writePictures(data, { 'b/5.png': { color: [255, 0, 0] } });
    expect((await read()).channels).toBe(3);
    const forced = await read({ channels: 1 });
    expect([...firstPixels(forced.train, 1), ...firstPixels(forced.test, 1)]).toContain('1: 76');
  });

  it('splits by share and seed, and says so', async () => {
    await writeTwoClasses(data, 10);
    const all = (set: LoadedDataset): string[] => [...firstPixels(set.train), ...firstPixels(set.test)].toSorted();
    const [first, second] = [await read({ testShare: 0.3 }), await read({ testShare: 0.3, seed: 1 })];
    expect(first.test.count).toBe(6);
    expect(first.notes).toEqual([
      'the 6 test pictures are drawn from the folder: a share of 0.3 of each class, by seed 0',
    ]);
    expect(firstPixels(first.test)).not.toEqual(firstPixels(second.test));
    expect(all(first)).toEqual(all(second));
    expect(new Set(all(first)).size).toBe(20);
  });

  it('tells of files left out, and of test pictures that are in the training set', async () => {
    await writePictures(data, {
      'train/a/1.png': { color: [1, 1, 9] },
      'train/b/2.png': { color: [2, 2, 9] },
      'test/a/3.png': { color: [3, 3, 9] },
      'test/b/4.png': { color: [1, 1, 9], width: 5, height: 7 },
    });
    writeBelow(data, 'train/a/notes.txt', '');
    expect((await read()).notes).toEqual([
      'the 2 test pictures are those of the folder test',
      '1 file or folder was left out: hidden, or no pictures',
      '1 test picture is in the training set too, equal at 4x4 pixels: test/b/4.png is train/a/1.png',
    ]);
  });

  it('names a broken picture, the first by its path, or skips it', async () => {
    await writeTwoClasses(data, 6);
    writeBelow(data, 'cat/x.png', 'no picture');
    writeBelow(data, 'dog/y.jpg', Uint8Array.of(0xff, 0xd8, 0xff));
    const refusal = read({ testShare: 0.5 });
    await expect(refusal).rejects.toBeInstanceOf(DataError);
    await expect(refusal).rejects.toThrow(
      'cat/x.png must be a PNG, JPEG, WebP, GIF or BMP picture; broken pictures can be skipped with --skip-broken',
    );
    const loaded = await read({ testShare: 0.5, skipBroken: true });
    expect(loaded.train.count + loaded.test.count).toBe(12);
    expect(new Set([...firstPixels(loaded.train), ...firstPixels(loaded.test)]).size).toBe(12);
    const [, skipped] = loaded.notes;
    expect(skipped).toContain('broken pictures were skipped, 2 in all: ');
    expect(skipped).toContain('cat/x.png must be a PNG');
    expect(skipped).toContain('dog/y.jpg is a damaged picture');
    // The cache does not hide them from one who does not skip them.
    await expect(read({ testShare: 0.5 })).rejects.toThrow('cat/x.png');
  });

  it('refuses a class whose pictures are all broken', async () => {
    await writeTwoClasses(data, 3);
    for (const name of ['0', '1']) writeBelow(data, `owl/${name}.png`, '');
    await expect(read({ skipBroken: true })).rejects.toThrow('every picture of class owl in the train set is broken');
    expect(entries()).toEqual([]);
  });

  it('is null for a folder without pictures, and refuses a share that is none', async () => {
    writeBelow(data, 'a/readme.txt', '');
    expect(await readPictureFolder(data, { side: 4, cache })).toBeNull();
    for (const testShare of [0, 1, Number.NaN]) {
      await expect(read({ testShare })).rejects.toThrow(`testShare must be between 0 and 1, got ${testShare}`);
    }
  });

  it('ends with the reason of the signal, and leaves nothing', async () => {
    await writeTwoClasses(data, 40);
    const stop = new AbortController();
    const onProgress = (): void => stop.abort(new Error('enough'));
    await expect(read({ onProgress, signal: stop.signal })).rejects.toThrow('enough');
    expect(entries()).toEqual([]);
  });
});

describe('the cache of decoded pictures', () => {
  beforeEach(() => writeTwoClasses(data, 5));

  /** Reads, and tells whether pictures were decoded. */
  async function decodes(options: Options = {}): Promise<boolean> {
    const counter = countDecoded();
    await read({ ...options, ...counter.options });
    return counter.count > 0;
  }

  it('is used while files and options stay, wherever the folder is', async () => {
    const first = await read();
    expect(await decodes()).toBe(false);
    expect(await read()).toEqual(first);
    expect(entries()).toHaveLength(1);
  });

  it('is left if what shapes the result changes', async () => {
    await read();
    for (const options of [
      { side: 5 },
      { channels: 1 },
      { testShare: 0.4 },
      { seed: 1 },
      { skipBroken: true },
    ] as const) {
      expect(await decodes(options)).toBe(true);
      expect(await decodes(options)).toBe(false);
    }
    expect(await decodes()).toBe(false);
  });

  it('is left if a file is changed, added, renamed or removed', async () => {
    await read();
    utimesSync(join(data, 'cat/0.png'), new Date(0), new Date(0));
    expect(await decodes()).toBe(true);
    await writePictures(data, { 'cat/9.png': { color: [0, 0, 0] } });
    expect(await decodes()).toBe(true);
    rmSync(join(data, 'cat/9.png'));
    expect(await decodes()).toBe(false);
    rmSync(join(data, 'cat/1.png'));
    expect(await decodes()).toBe(true);
  });

  it('is made anew if it is damaged', async () => {
    const first = await read();
    const [name] = entries();
    const [pixels, facts] = ['pixels', 'set.json'].map((file) => join(cache, name as string, file)) as [string, string];
    for (const damage of [
      () => truncateSync(pixels, 100),
      () => flip(pixels),
      () => rmSync(pixels),
      () => rmSync(facts),
      () => replace(facts, '"cat"', '"cow"'),
      () => truncateSync(facts, 50),
    ]) {
      damage();
      expect(await decodes()).toBe(true);
      expect(await read()).toEqual(first);
      expect(entries()).toEqual([name]);
    }
  });

  it('serves several readers at once', async () => {
    const all = await Promise.all([read(), read(), read()]);
    for (const each of all) expect(each).toEqual(all[0]);
    expect(digestDataset(all[0] as LoadedDataset)).toBe(all[0]?.digest);
    expect(entries()).toHaveLength(1);
  });

  it('says where it cannot be written', async () => {
    writeFileSync(cache, '');
    await expect(read()).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});

/** Changes one byte in the middle of a file. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[statSync(path).size >> 1]! ^= 1;
  writeFileSync(path, bytes);
}

function replace(path: string, from: string, to: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(from, to));
}
