import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countPictureBytes, DataError, type Dataset, digestDataset, type ImageSet } from '../dataset.ts';
import type { LabeledFile, PictureSplit } from './split-pictures.ts';

/*
 * A decoded set is a folder of two files: `pixels`, `[count, side, side, channels]` bytes of the training set and then of
 * the test set, and `set.json`, all else with a SHA-256 of it. The folder's name is the key of what was decoded.
 */

/** Number that changes with the way of decoding, so that no older set is taken. */
const FORMAT = 1;

const PIXELS = 'pixels';
const FACTS = 'set.json';

/** Facts of a decoded set. Pictures lie class by class, so that their numbers tell the labels. */
export interface CachedFacts {
  readonly side: number;
  readonly channels: 1 | 3;
  readonly classes: readonly string[];
  /** `[classes]` numbers of pictures */
  readonly counts: { readonly train: readonly number[]; readonly test: readonly number[] };
  /** SHA-256 as `digestDataset` computes it. */
  readonly digest: string;
  /** `[channels]` mean and standard deviation of each channel over the training set, in units of 255 */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** Sentences about the pictures. */
  readonly notes: readonly string[];
}

/** What shapes a decoded set, besides the files and their split. */
export interface DecodeSettings {
  readonly side: number;
  readonly channels: 1 | 3 | undefined;
  readonly skipBroken: boolean;
  /** Versions of the libraries that decode. */
  readonly versions: Readonly<Record<string, string | undefined>>;
}

/** Names a decoded set: a digest of its settings, its classes, and names, sizes and times of its files. */
export function keyOfPictures(
  classes: readonly string[],
  { train, test }: PictureSplit,
  settings: DecodeSettings,
): string {
  const { side, channels = null, skipBroken, versions } = settings;
  const hash = createHash('sha256');
  const { sharp, vips } = versions;
  hash.update(JSON.stringify({ format: FORMAT, side, channels, skipBroken, sharp, vips, classes }));
  for (const [part, files] of Object.entries({ train, test })) {
    for (const { label, file } of files) hash.update(JSON.stringify([part, label, file.path, file.size, file.mtimeMs]));
  }
  return hash.digest('hex').slice(0, 32);
}

/** Path of the pixels of a decoded set. */
export function pixelsPath(folder: string): string {
  return join(folder, PIXELS);
}

/** Makes a data set of decoded pixels. Its pixels stay in the file. */
export function datasetOf(
  folder: string,
  facts: Omit<CachedFacts, 'digest' | 'mean' | 'deviation' | 'notes'>,
): Dataset {
  const { side, channels, classes, counts } = facts;
  const [train, test] = [labelsOf(counts.train), labelsOf(counts.test)];
  const set = (labels: ImageSet['labels'], start: number): ImageSet => {
    return { images: { kind: 'file', path: pixelsPath(folder), start }, labels, count: labels.length };
  };
  const pictureBytes = countPictureBytes({ side, channels });
  return { side, channels, classes, train: set(train, 0), test: set(test, train.length * pictureBytes) };
}

function labelsOf(counts: readonly number[]): ImageSet['labels'] {
  const labels = counts.flatMap((count, label) => new Array<number>(count).fill(label));
  const shared = new Uint16Array(new SharedArrayBuffer(labels.length * Uint16Array.BYTES_PER_ELEMENT));
  shared.set(labels);
  return shared;
}

/** Counts files by class: `[classes]`. */
export function countByClass(files: readonly Pick<LabeledFile, 'label'>[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const { label } of files) counts[label]! += 1;
  return counts;
}

/** Writes the facts beside the pixels. */
export async function writeFacts(folder: string, facts: CachedFacts): Promise<void> {
  await writeFile(join(folder, FACTS), JSON.stringify({ facts, check: digestOf(facts) }), { flush: true });
}

/**
 * Opens a decoded set, and compares it with its digest.
 *
 * @returns null if there is none, or a damaged one
 */
export function openCachedSet(folder: string): (Dataset & CachedFacts) | null {
  if (!existsSync(join(folder, FACTS))) return null;
  try {
    const { facts, check } = JSON.parse(readFileSync(join(folder, FACTS), 'utf8')) as {
      readonly facts: CachedFacts;
      readonly check: string;
    };
    if (check !== digestOf(facts)) return null;
    const dataset = datasetOf(folder, facts);
    const size = (dataset.train.count + dataset.test.count) * countPictureBytes(facts);
    const isWhole = statSync(pixelsPath(folder)).size === size && digestDataset(dataset) === facts.digest;
    return isWhole ? { ...facts, ...dataset } : null;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing || error instanceof SyntaxError || error instanceof DataError || error instanceof TypeError)
      return null;
    throw error;
  }
}

function digestOf(facts: CachedFacts | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify(facts ?? null))
    .digest('hex');
}

/**
 * Moves a decoded set to its place. If another process was faster, its set is taken; a damaged one is replaced.
 *
 * @param from folder of the set, on the disk of the cache
 */
export async function keepCachedSet(from: string, place: string): Promise<Dataset & CachedFacts> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rename(from, place);
    } catch (error) {
      // A folder that is there is in the way, by different codes on different systems.
      if (!existsSync(place) || attempt > 2) throw error;
    }
    const kept = openCachedSet(place);
    if (kept !== null) return kept;
    await rm(place, { recursive: true, force: true });
  }
}
