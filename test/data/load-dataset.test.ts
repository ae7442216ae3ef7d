import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/dataset.ts';
import { loadDataset } from '../../src/data/load-dataset.ts';
import { writeTinyCifar } from '../support/tiny-cifar.ts';
import { writeTwoClasses } from '../support/write-pictures.ts';

let folder: string;
let data: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'load-'));
  data = join(folder, 'data');
  mkdirSync(data);
});
afterEach(() => rmSync(folder, { recursive: true }));

const cache = (): string => join(folder, 'cache');

describe('loadDataset', () => {
  it('decodes a folder of pictures to the size asked for', async () => {
    await writeTwoClasses(data, 3);
    const loaded = await loadDataset({ data, cache: cache(), image: 8, channels: 3 });
    expect(loaded).toMatchObject({ format: 'folder', side: 8, channels: 3, classes: ['cat', 'dog'], source: data });
    expect((await loadDataset({ data, cache: cache() })).side).toBe(32);
  });

  it('says what it found, and what it understands', async () => {
    const said = 'it must be a folder of pictures with one subfolder a class';
    await expect(loadDataset({ data })).rejects.toThrow(
      `${data} holds no data set that can be read (it is empty): ${said}`,
    );
    for (const name of ['f', 'e', 'd', 'c.png', 'b.png', 'a']) writeFileSync(join(data, name), '');
    await expect(loadDataset({ data })).rejects.toThrow(`(it holds a, b.png, c.png, d, e, … 6 in all): ${said}`);
    await expect(loadDataset({ data })).rejects.toBeInstanceOf(DataError);
    await expect(loadDataset({ data })).rejects.toThrow('or the IDX files of MNIST or Fashion-MNIST');
  });

  it('says that a path leads nowhere, or to a file that is none', async () => {
    await expect(loadDataset({ data: join(data, 'none') })).rejects.toThrow(`there is no folder ${join(data, 'none')}`);
    const file = join(folder, 'a.zip');
    writeFileSync(file, '');
    await expect(loadDataset({ data: file })).rejects.toThrow(`${file} must be a folder or a tar archive: `);
  });

  it('names the file of CIFAR-10 that is missing', async () => {
    writeTinyCifar(data);
    rmSync(join(data, 'test_batch.bin'));
    await expect(loadDataset({ data })).rejects.toThrow(`${data} lacks test_batch.bin`);
  });

  it('refuses options that are for another format', async () => {
    writeTinyCifar(data);
    for (const [options, said] of [
      [{ labels: 'coarse' }, `labels coarse belongs to CIFAR-100, and ${data} is of the format cifar10`],
      [{ testShare: 0.1 }, 'testShare belongs to folders of pictures'],
      [{ skipBroken: true }, 'skipBroken belongs to folders of pictures'],
      [{ channels: 1 }, `the pictures of ${data} have 3 channels, got 1`],
    ] as const) {
      await expect(loadDataset({ data, ...options })).rejects.toThrow(said);
    }
    const plain = { labels: 'fine', channels: 3, skipBroken: false, image: 16, seed: 1 } as const;
    expect(await loadDataset({ data, ...plain })).toMatchObject({ format: 'cifar10', side: 32 });
  });
});
