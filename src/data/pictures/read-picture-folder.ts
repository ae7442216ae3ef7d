import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inTemporaryFolder, userCache } from '../cache-folder.ts';
import type { DataProgress } from '../cifar10-sources.ts';
import { DataError, digestDataset, type LoadedDataset } from '../dataset.ts';
import { measureChannels } from '../measure-channels.ts';
import { decodeFiles } from './decode-files.ts';
import { loadPictureLibrary } from './decode-picture.ts';
import { listPictureFolder, type PictureListing } from './list-pictures.ts';
import { type Duplicate, findDuplicates, packPictures } from './pack-pictures.ts';
import {
  countByClass,
  datasetOf,
  keepCachedSet,
  keyOfPictures,
  openCachedSet,
  pixelsPath,
  writeFacts,
} from './picture-cache.ts';
import { type PictureSplit, splitPictures } from './split-pictures.ts';

export interface PictureFolderOptions {
  /** Height and width that pictures are brought to, in pixels. */
  readonly side: number;
  /** Channels of a pixel. @default 1 if every picture is gray, else 3 */
  readonly channels?: 1 | 3 | undefined;
  /** Share of each class that becomes test pictures, if the folder has none apart. @default 0.2 */
  readonly testShare?: number | undefined;
  /** Seed that draws the test pictures. @default 0 */
  readonly seed?: number | undefined;
  /** Whether broken pictures are passed over instead of refused. @default false */
  readonly skipBroken?: boolean | undefined;
  /** Folder that keeps decoded pictures. @default `lesslocal/pictures` in the user's cache folder */
  readonly cache?: string | undefined;
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Share of each class that becomes test pictures, unless another is asked for. */
const TEST_SHARE = 0.2;

/** Most pictures that a note names. */
const NAMED = 3;

/**
 * Reads a folder of pictures, one subfolder a class (`listPictureFolder` says how it may look). Pictures are decoded once:
 * they stay in a cache, bound to the names, sizes and times of all files and to everything that shapes the result.
 *
 * @returns null if the folder has no subfolder with pictures
 * @throws DataError if the folder breaks a rule, a picture is broken, or the package that decodes is missing
 * @throws the system's error if the cache cannot be written
 */
export async function readPictureFolder(folder: string, options: PictureFolderOptions): Promise<LoadedDataset | null> {
  const { side, channels, testShare = TEST_SHARE, seed = 0, skipBroken = false, onProgress, signal } = options;
  signal?.throwIfAborted();
  if (!(testShare > 0 && testShare < 1)) throw new DataError(`testShare must be between 0 and 1, got ${testShare}`);
  const listing = listPictureFolder(folder);
  if (listing === null) return null;
  const split = splitPictures(listing, { testShare, seed });
  const { versions } = await loadPictureLibrary();
  const classes = listing.train.map(({ name }) => name);
  const cache = resolve(options.cache ?? userCache('pictures'));
  const place = join(cache, keyOfPictures(classes, split, { side, channels, skipBroken, versions }));

  const cached =
    openCachedSet(place) ??
    (await inTemporaryFolder(cache, async (temporary) => {
      const made = join(temporary, 'set');
      await decodeSet({ folder, made, classes, split, side, channels, skipBroken, onProgress, signal });
      return await keepCachedSet(made, place);
    }));
  const { counts: _, notes, ...dataset } = cached;
  const facts = { source: folder, official: false, format: 'folder', flip: true };
  return { ...dataset, ...facts, notes: [split.rule, ...noteIgnored(listing), ...notes] };
}

interface SetToDecode extends Pick<PictureFolderOptions, 'side' | 'channels' | 'onProgress' | 'signal'> {
  readonly folder: string;
  /** Folder to make, with pixels and facts. */
  readonly made: string;
  readonly classes: readonly string[];
  readonly split: PictureSplit;
  readonly skipBroken: boolean;
}

/** Decodes all pictures into a folder of the cache's form. */
async function decodeSet(set: SetToDecode): Promise<void> {
  const { folder, made, classes, split, side, skipBroken, onProgress, signal } = set;
  const files = [...split.train, ...split.test];
  const decoded = join(made, 'decoded');
  await mkdir(made);
  await writeFile(decoded, '');
  const onDecoded = (done: number): void => onProgress?.({ phase: 'decoding', done, total: files.length });
  const paths = files.map(({ file }) => file.path);
  const { gray, broken } = await decodeFiles({ folder, paths, out: decoded, side, skipBroken, onDecoded, signal });

  const channels = set.channels ?? (gray.every(Boolean) ? 1 : 3);
  const kept = files.flatMap((_, i) => (broken.has(i) ? [] : [i]));
  const train = kept.filter((i) => i < split.train.length).length;
  const digests = await packPictures({ from: decoded, to: pixelsPath(made), side, channels, kept, signal });
  await rm(decoded);
  const keptFiles = kept.map((i) => files[i] as (typeof files)[number]);
  const counts = {
    train: countByClass(keptFiles.slice(0, train), classes.length),
    test: countByClass(keptFiles.slice(train), classes.length),
  };
  for (const [part, each] of Object.entries(counts)) {
    const empty = classes[each.indexOf(0)];
    if (empty !== undefined) throw new DataError(`every picture of class ${empty} in the ${part} set is broken`);
  }
  const duplicates = findDuplicates(
    digests,
    keptFiles.map(({ file }) => file.path),
    train,
  );
  const dataset = datasetOf(made, { side, channels, classes, counts });
  await writeFacts(made, {
    ...{ side, channels, classes, counts },
    digest: digestDataset(dataset),
    ...measureChannels(dataset.train, { side, channels }),
    notes: [...noteBroken([...broken.values()]), ...noteDuplicates(duplicates, side)],
  });
}

function noteIgnored({ ignored }: PictureListing): string[] {
  if (ignored === 0) return [];
  return [
    `${ignored} ${ignored === 1 ? 'file or folder was' : 'files or folders were'} left out: hidden, or no pictures`,
  ];
}

function noteBroken(broken: readonly string[]): string[] {
  return broken.length === 0 ? [] : [`broken pictures were skipped, ${broken.length} in all: ${nameSome(broken)}`];
}

function noteDuplicates(duplicates: readonly Duplicate[], side: number): string[] {
  if (duplicates.length === 0) return [];
  const named = nameSome(duplicates.map(({ train, test }) => `${test} is ${train}`));
  const pictures = duplicates.length === 1 ? 'test picture is' : 'test pictures are';
  return [`${duplicates.length} ${pictures} in the training set too, equal at ${side}x${side} pixels: ${named}`];
}

function nameSome(names: readonly string[]): string {
  return `${names.slice(0, NAMED).join('; ')}${names.length > NAMED ? '; …' : ''}`;
}
