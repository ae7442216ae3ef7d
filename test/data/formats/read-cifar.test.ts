import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCifar10 } from '../../../src/data/cifar10.ts';
import { DataError } from '../../../src/data/dataset.ts';
import { readCifarBatch, setOfBatches } from '../../../src/data/formats/cifar-batches.ts';
import { loadDataset } from '../../../src/data/load-dataset.ts';
import { makeCifarPickle } from '../../support/make-cifar-pickle.ts';
import { writeTinyCifar } from '../../support/tiny-cifar.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cifar-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const RECORD = 3073;

/** Splits records of CIFAR-10 into labels and planes. */
function splitRecords(records: Uint8Array): { labels: number[]; planes: Uint8Array } {
  const count = records.length / RECORD;
  const picture = (i: number): Uint8Array => records.subarray(i * RECORD + 1, (i + 1) * RECORD);
  return {
    labels: Array.from({ length: count }, (_, i) => records[i * RECORD] as number),
    planes: Buffer.concat(Array.from({ length: count }, (_, i) => picture(i))),
  };
}

/** Writes a tiny CIFAR-10 in the binary version, and the same pictures in the Python version beside it. */
function writeBoth(): { readonly binary: string; readonly python: string } {
  const [binary, python] = ['cifar-10-batches-bin', 'cifar-10-batches-py'].map((name) => join(folder, name)) as [
    string,
    string,
  ];
  writeTinyCifar(binary, { train: 20, test: 6 });
  mkdirSync(python);
  for (const name of readdirSync(binary)) {
    const { labels, planes } = splitRecords(readFileSync(join(binary, name)));
    writeFileSync(join(python, name.replace('.bin', '')), makeCifarPickle(planes, { labels }));
  }
  return { binary, python };
}

describe('CIFAR-10 in other packings', () => {
  it('has the same pictures in the Python version, whose code is never run', async () => {
    const { binary, python } = writeBoth();
    const expected = await loadCifar10({ data: binary });
    const loaded = await loadDataset({ data: python });
    expect(loaded).toEqual({ ...expected, source: python });
    rmSync(binary, { recursive: true });
    expect(await loadDataset({ data: folder })).toEqual({ ...expected, source: folder });
  });

  it('is read from files without the ending .bin', async () => {
    const { binary } = writeBoth();
    const expected = await loadCifar10({ data: binary });
    for (const name of readdirSync(binary)) renameSync(join(binary, name), join(binary, name.replace('.bin', '')));
    expect(await loadDataset({ data: binary })).toEqual(expected);
  });

  it('is read from the archives as they are downloaded', async () => {
    const { binary, python } = writeBoth();
    const expected = await loadCifar10({ data: binary });
    for (const [name, inside] of [
      ['cifar-10-binary.tar.gz', binary],
      ['cifar-10-python.tar.gz', python],
      ['cifar.tgz', python],
      ['cifar.tar', binary],
    ] as const) {
      writeFileSync(join(inside, 'readme.html'), '');
      const file = join(folder, name);
      await create({ file, cwd: folder, gzip: !name.endsWith('.tar') }, [inside.slice(folder.length + 1)]);
      expect(await loadDataset({ data: file })).toEqual({ ...expected, source: file });
    }
  });

  it('names the file that is damaged', async () => {
    const { python } = writeBoth();
    const file = join(python, 'data_batch_2');
    const whole = readFileSync(file);
    for (const [bytes, said] of [
      [
        whole.subarray(0, 1000),
        `${file} is not a pickle of plain values and bytes, or is damaged: it ends after 1000 bytes`,
      ],
      [
        makeCifarPickle(new Uint8Array(3072), { labels: [10] }),
        `${file}: a label must be below 10, got 10 in record 0`,
      ],
      [makeCifarPickle(new Uint8Array(3072), { labels: [1, 2] }), `${file} must hold data, 3072 bytes a picture`],
      [Buffer.from([0x80, 2, 0x5d, 0x2e]), `${file} must hold a dictionary`],
      [whole.subarray(1), `${file} must be a positive multiple of 3073 bytes long`],
    ] as const) {
      writeFileSync(file, bytes);
      await expect(loadDataset({ data: python })).rejects.toThrow(said);
      await expect(loadDataset({ data: python })).rejects.toBeInstanceOf(DataError);
    }
  });

  it('names the archive that is damaged', async () => {
    const file = join(folder, 'cifar-10-binary.tar.gz');
    writeFileSync(file, 'no archive');
    await expect(loadDataset({ data: file })).rejects.toThrow(`${file} cannot be unpacked (`);
    const { binary } = writeBoth();
    await create({ file, cwd: folder, gzip: true }, [binary.slice(folder.length + 1)]);
    writeFileSync(file, readFileSync(file).subarray(0, 4000));
    await expect(loadDataset({ data: file })).rejects.toThrow(`${file} cannot be unpacked (`);
    writeFileSync(join(folder, 'readme.txt'), '');
    await create({ file, cwd: folder, gzip: true }, ['readme.txt']);
    await expect(loadDataset({ data: file })).rejects.toThrow(
      `${file} holds no data set that can be read (it is empty)`,
    );
  });
});

describe('CIFAR-100', () => {
  const planes = Uint8Array.from({ length: 3 * 3072 }, (_, i) => (i * 7) % 256);
  /** Coarse and fine labels of three pictures. */
  const LABELS = { coarse_labels: [4, 19, 0], fine_labels: [0, 99, 51] };
  const record = (i: number): Uint8Array =>
    Buffer.from([
      LABELS.coarse_labels[i] as number,
      LABELS.fine_labels[i] as number,
      ...planes.subarray(i * 3072, (i + 1) * 3072),
    ]);

  function write(place: string): void {
    mkdirSync(join(folder, place));
    const files =
      place === 'cifar-100-binary'
        ? { 'train.bin': Buffer.concat([record(0), record(1)]), 'test.bin': record(2) }
        : {
            train: makeCifarPickle(planes.subarray(0, 6144), {
              coarse_labels: LABELS.coarse_labels.slice(0, 2),
              fine_labels: LABELS.fine_labels.slice(0, 2),
            }),
            test: makeCifarPickle(planes.subarray(6144), { coarse_labels: [0], fine_labels: [51] }),
          };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, place, name), bytes);
  }

  it.each(['cifar-100-binary', 'cifar-100-python'])('has fine and coarse labels in %s', async (place) => {
    write(place);
    const fine = await loadDataset({ data: folder });
    expect(fine).toMatchObject({
      format: 'cifar100',
      side: 32,
      channels: 3,
      flip: true,
      official: false,
      source: folder,
    });
    expect(fine.classes).toHaveLength(100);
    expect([...fine.train.labels].map((label) => fine.classes[label])).toEqual(['apple', 'worm']);
    expect([...fine.test.labels].map((label) => fine.classes[label])).toEqual(['mushroom']);
    const coarse = await loadDataset({ data: folder, labels: 'coarse' });
    expect([...coarse.train.labels].map((label) => coarse.classes[label])).toEqual([
      'fruit_and_vegetables',
      'vehicles_2',
    ]);
    expect(coarse.classes).toHaveLength(20);
    const { images } = fine.train as { images: { kind: string; bytes: Uint8Array } };
    expect([...images.bytes.subarray(0, 6)]).toEqual([0, 1024, 2048, 1, 1025, 2049].map((i) => planes[i]));
  });

  it('takes the names of its classes from the files beside it', async () => {
    write('cifar-100-binary');
    const names = Array.from({ length: 20 }, (_, i) => `group ${i}`);
    writeFileSync(join(folder, 'cifar-100-binary', 'coarse_label_names.txt'), `${names.join('\n')}\n\n`);
    expect((await loadDataset({ data: folder, labels: 'coarse' })).classes).toEqual(names);
    writeFileSync(join(folder, 'cifar-100-binary', 'fine_label_names.txt'), 'apple\n');
    await expect(loadDataset({ data: folder })).rejects.toThrow('fine_label_names.txt must name 100 classes, got 1');
    write('cifar-100-python');
    rmSync(join(folder, 'cifar-100-binary'), { recursive: true });
    const meta = makeCifarPickle(null, { coarse_label_names: names, fine_label_names: ['x'] });
    writeFileSync(join(folder, 'cifar-100-python', 'meta'), meta);
    expect((await loadDataset({ data: folder, labels: 'coarse' })).classes).toEqual(names);
  });

  it('is read from its archive', async () => {
    write('cifar-100-python');
    const file = join(folder, 'cifar-100-python.tar.gz');
    await create({ file, cwd: folder, gzip: true }, ['cifar-100-python']);
    expect(await loadDataset({ data: file })).toMatchObject({ format: 'cifar100', source: file });
  });
});

describe('readCifarBatch', () => {
  it('gives the labels and pictures of any records, in both versions', () => {
    const labels = fc.array(fc.nat(9), { minLength: 1, maxLength: 3 });
    const place = { bytes: 1, at: 0, key: 'labels', classes: 10 } as const;
    fc.assert(
      fc.property(labels, fc.nat(255), (given, seed) => {
        const planes = Uint8Array.from({ length: given.length * 3072 }, (_, i) => (i * 31 + seed) % 256);
        const records = given.map((label, i) => [label, ...planes.subarray(i * 3072, (i + 1) * 3072)]);
        const binary = readCifarBatch('b', Uint8Array.from(records.flat()), place);
        const python = readCifarBatch('p', makeCifarPickle(planes, { labels: given }), place);
        expect(binary.labels).toEqual(given);
        expect(python.labels).toEqual(given);
        expect(setOfBatches([binary])).toEqual(setOfBatches([python]));
      }),
      { numRuns: 20 },
    );
  });
});
