import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDataset } from '../../src/data/create-dataset.ts';
import { DataError, digestDataset, type LoadedDataset, type PixelStore } from '../../src/data/dataset.ts';
import { measureChannels } from '../../src/data/measure-channels.ts';
import { evaluationMiniBatch, trainingMiniBatch } from '../../src/data/mini-batch.ts';
import { readAllPixels, withPixels } from '../../src/data/pixel-store.ts';
import { madeUpArrays } from '../support/made-up-arrays.ts';

/** Bytes before the first picture in the file. */
const START = 7;

/** A data set in memory, and the same with its training pictures in a file. */
function bothStores(): { memory: LoadedDataset; file: LoadedDataset; path: string } {
  const memory = createDataset(madeUpArrays({ channels: 3 }));
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'pixels');
  const { images } = memory.train;
  if (images.kind !== 'memory') throw new Error('arrays are kept in memory');
  writeFileSync(path, Buffer.concat([new Uint8Array(START), images.bytes]));
  const store: PixelStore = { kind: 'file', path, start: START };
  return { memory, file: { ...memory, train: { ...memory.train, images: store } }, path };
}

describe('pictures in a file', () => {
  it('make the same mini-batches, digest and statistics as in memory', () => {
    const { memory, file } = bothStores();
    const indices = Uint32Array.from({ length: 60 }, (_, i) => 59 - i);
    const made = ({ train, ...facts }: LoadedDataset) => [
      trainingMiniBatch(train, indices, { facts, seed: 1, stream: 'w', step: 9, batch: 8, image: 4 }),
      evaluationMiniBatch(train, null, { facts, start: 50, batch: 20, image: 12 }),
      measureChannels(train, facts),
    ];
    expect(made(file)).toEqual(made(memory));
    expect(digestDataset(file)).toBe(memory.digest);
  });

  it('are read to the end in whole pictures', () => {
    const { file } = bothStores();
    const lengths: number[] = [];
    // A picture of more bytes than are read at once is still read whole.
    readAllPixels(file.train.images, 2, 12_000, (bytes) => lengths.push(bytes.length));
    expect(lengths).toEqual([24_000]);
  });

  it('that are cut off or gone are refused', () => {
    const { file, path } = bothStores();
    truncateSync(path, START + 1000);
    const read = () => withPixels(file.train.images, (bytes) => bytes(900, 432));
    expect(read).toThrow(DataError);
    expect(read).toThrow(`${path} ends before byte ${START + 1332}: it is truncated`);
    rmSync(path);
    expect(read).toThrow(`${path} cannot be read (ENOENT)`);
  });
});
