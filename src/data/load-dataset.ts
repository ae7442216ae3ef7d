import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { asCifar10, loadCifar10 } from './cifar10.ts';
import { ARCHIVE_FOLDER, TRAIN_FILES } from './cifar10-folder.ts';
import type { DataProgress } from './cifar10-sources.ts';
import { DataError, type Dataset, digestDataset, type LoadedDataset } from './dataset.ts';
import { isArchiveName, openArchive } from './formats/open-archive.ts';
import { type ReadSettings, readCifar10Batches, readCifar100 } from './formats/read-cifar.ts';
import { readMnist } from './formats/read-mnist.ts';
import { measureChannels } from './measure-channels.ts';
import { type PictureFolderOptions, readPictureFolder } from './pictures/read-picture-folder.ts';

export interface LoadOptions extends Omit<PictureFolderOptions, 'side'> {
  /**
   * Folder or archive that holds the data set; its format is found out (`FORMATS` lists them). @default CIFAR-10, from a
   * cache that a download fills
   */
  readonly data?: string | undefined;
  /** Height and width that a folder's pictures are decoded to, in pixels. Other formats have their own. @default 32 */
  readonly image?: number | undefined;
  /** CIFAR-100's labels: its 100 classes, or its 20 groups of them. @default fine */
  readonly labels?: 'fine' | 'coarse' | undefined;
  /** Folder that keeps fetched files and decoded pictures. @default `lesslocal/cifar10` or `lesslocal/pictures` in the user's */
  readonly cache?: string | undefined;
  /** Called as loading proceeds. */
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  /** Ends the loading; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Height and width that pictures are decoded to, unless another is asked for. */
const SIDE = 32;

/** What can be read, in words. */
const FORMATS =
  'a folder of pictures with one subfolder a class (or train and test with those inside), CIFAR-10 or CIFAR-100 (binary or ' +
  'Python version, unpacked or as tar.gz), or the IDX files of MNIST or Fashion-MNIST';

/** Most names of a folder that an error tells. */
const NAMED = 5;

/**
 * Loads a data set, and finds out its format.
 *
 * @throws DataError if there is no data set of a known format, if it is damaged, or if an option is not for its format
 * @throws the system's error if the cache cannot be written
 */
export async function loadDataset(options: LoadOptions = {}): Promise<LoadedDataset> {
  return checkOptions(await load(options), options);
}

async function load(options: LoadOptions): Promise<LoadedDataset> {
  const { data } = options;
  if (data === undefined) return await loadCifar10(pickCifar10(options));
  const path = resolve(data);
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) throw new DataError(`there is no folder ${path}`);
  if (facts.isDirectory()) return await loadFolder(path, path, options);
  if (!isArchiveName(path)) throw new DataError(`${path} must be a folder or a tar archive: ${FORMATS}`);
  return await openArchive(path, (folder) => loadFolder(folder, path, options));
}

/**
 * Loads the data set in a folder.
 *
 * @param source where it comes from: the folder, or an archive that was unpacked into it
 */
async function loadFolder(folder: string, source: string, options: LoadOptions): Promise<LoadedDataset> {
  const { onProgress, signal, image: side = SIDE, labels = 'fine' } = options;
  const settings: ReadSettings = {
    opened: (done, total) => onProgress?.({ phase: 'reading', done, total }),
    signal,
  };
  if (isCifar10Binary(folder)) return { ...(await loadCifar10({ ...pickCifar10(options), data: folder })), source };
  const cifar10 = await readCifar10Batches(folder, settings);
  if (cifar10 !== null) return asCifar10(cifar10, source);
  const cifar100 = await readCifar100(folder, labels, settings);
  if (cifar100 !== null) return describe(cifar100, { source, format: 'cifar100', flip: true });
  const idx = await readMnist(folder, source, settings);
  // A mirrored digit is none; mirrored clothes are clothes.
  if (idx !== null) return describe(idx, { source, format: 'idx', flip: idx.fashion });
  const pictures = folder === source ? await readPictureFolder(folder, { ...options, side }) : null;
  if (pictures !== null) return pictures;
  throw new DataError(`${source} holds no data set that can be read (${listNames(folder)}): it must be ${FORMATS}`);
}

/** Whether a folder holds files of CIFAR-10's binary version; one of them may be missing, which its reader says. */
function isCifar10Binary(folder: string): boolean {
  return [folder, join(folder, ARCHIVE_FOLDER)].some((at) => TRAIN_FILES.some((file) => existsSync(join(at, file))));
}

const pickCifar10 = ({ data, cache, onProgress, signal }: LoadOptions): LoadOptions => ({
  data,
  cache,
  onProgress,
  signal,
});

/** Adds what is measured. */
function describe(
  { side, channels, classes, train, test }: Dataset,
  facts: Pick<LoadedDataset, 'source' | 'format' | 'flip'>,
): LoadedDataset {
  const dataset = { side, channels, classes, train, test };
  const measured = measureChannels(train, { side, channels });
  return { ...dataset, ...facts, ...measured, digest: digestDataset(dataset), official: false, notes: [] };
}

/** @throws DataError if an option is given that the format does not have */
function checkOptions(data: LoadedDataset, { channels, labels, testShare, skipBroken }: LoadOptions): LoadedDataset {
  const { format, source } = data;
  const refuse = (option: string, of: string): never => {
    throw new DataError(`${option} belongs to ${of}, and ${source} is of the format ${format}`);
  };
  if (labels === 'coarse' && format !== 'cifar100') refuse('labels coarse', 'CIFAR-100');
  if (format === 'folder') return data;
  if (testShare !== undefined) refuse('testShare', 'folders of pictures');
  if (skipBroken) refuse('skipBroken', 'folders of pictures');
  if (channels !== undefined && channels !== data.channels) {
    throw new DataError(`the pictures of ${source} have ${data.channels} channels, got ${channels}`);
  }
  return data;
}

function listNames(folder: string): string {
  const names = readdirSync(folder).sort();
  if (names.length === 0) return 'it is empty';
  return `it holds ${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? `, … ${names.length} in all` : ''}`;
}
