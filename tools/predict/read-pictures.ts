import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, type LoadedDataset } from '../../src/data/dataset.ts';
import { decodePicture, type PictureLibrary, toGray } from '../../src/data/pictures/decode-picture.ts';
import { listPicturesBelow } from '../../src/data/pictures/list-pictures.ts';
import { withPixels } from '../../src/data/pixel-store.ts';
import type { Preprocessing } from '../../src/data/preprocessing.ts';
import { averageBoxes } from './average-boxes.ts';

/** Pictures as a network takes them. */
export interface PictureSizes extends Pick<Preprocessing, 'image' | 'channels'> {
  /** Height and width that pictures are brought to first, as those of the training set were. */
  readonly side: number;
}

/** A picture to predict. */
export interface NamedPicture {
  readonly name: string;
  /** True class, if it is known. */
  readonly label?: string;
  /** `[image, image, channels]` from 0 to 255 */
  readonly pixels: Float32Array;
}

/** Name of a test picture of CIFAR-10. */
export const TEST_PICTURE = /^cifar10:(\d+)$/;

/**
 * Replaces folders by the pictures in them and in their subfolders.
 *
 * @throws DataError if there is no such file or folder, or a folder has no picture
 */
export async function expandFolders(names: readonly string[]): Promise<string[]> {
  const expanded: string[] = [];
  for (const name of names) {
    if (TEST_PICTURE.test(name) || !(await isFolder(name))) {
      expanded.push(name);
      continue;
    }
    const below = listPicturesBelow(name);
    if (below.length === 0) throw new DataError(`${name} holds no pictures`);
    for (const path of below) expanded.push(join(name, path));
  }
  return expanded;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw new DataError(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

/**
 * Reads a file as the folder of a training set is read: the same decoder, size and channels.
 *
 * @throws DataError if the file cannot be read, or is no picture
 */
export async function readPictureFile(
  library: PictureLibrary,
  path: string,
  { side, image, channels }: PictureSizes,
): Promise<NamedPicture> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new DataError(`${path} cannot be read (${cause.code})`, { cause });
  });
  const colors = await decodePicture(library, bytes, path, side);
  const pixels = channels === 1 ? toGray(colors) : colors;
  return { name: path, pixels: averageBoxes(pixels, { side, image, channels }) };
}

/**
 * Takes a test picture of CIFAR-10.
 *
 * @param name `cifar10:INDEX`
 * @throws DataError if there is no such picture, or the network takes others
 */
export function takeTestPicture(
  { test, side, channels, classes, format, source }: LoadedDataset,
  name: string,
  sizes: PictureSizes,
): NamedPicture {
  if (format !== 'cifar10')
    throw new DataError(`${name} is a picture of CIFAR-10, and ${source} is of the format ${format}`);
  const index = Number(TEST_PICTURE.exec(name)?.[1]);
  if (index >= test.count) throw new DataError(`${name} must be below ${test.count}, the number of test pictures`);
  if (side % sizes.image !== 0 || channels !== sizes.channels) {
    const taken = `${sizes.image}x${sizes.image} pixels of ${sizes.channels} channels`;
    throw new DataError(`${name} does not fit the network, which takes ${taken}`);
  }
  const bytes = side * side * channels;
  const pixels = withPixels(test.images, (read) => Uint8Array.from(read(index * bytes, bytes)));
  const label = classes[test.labels[index] as number] as string;
  return { name, label, pixels: averageBoxes(pixels, { side, image: sizes.image, channels }) };
}
