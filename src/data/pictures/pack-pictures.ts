import { hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { toGray } from './decode-picture.ts';

export interface PackOptions {
  /** File of decoded pictures `[count, side, side, 3]`. */
  readonly from: string;
  /** File that the result is written to. */
  readonly to: string;
  readonly side: number;
  /** Channels of the result. */
  readonly channels: 1 | 3;
  /** `[kept]` indices of the pictures that are kept, rising */
  readonly kept: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of pictures that are read and written at a time. */
const CHUNK_BYTES = 1 << 22;

/**
 * Copies the pictures that are kept, in gray or in color, and flushes them to disk. It holds a few pictures at a time.
 *
 * @returns `[kept]` digest of each picture's pixels
 */
export async function packPictures({ from, to, side, channels, kept, signal }: PackOptions): Promise<string[]> {
  const pictureBytes = side * side * 3;
  const step = Math.max(1, Math.floor(CHUNK_BYTES / pictureBytes));
  await using source = await open(from, 'r');
  await using target = await open(to, 'wx');
  const digests: string[] = [];
  for (let first = 0; first < kept.length; first += step) {
    signal?.throwIfAborted();
    const part = kept.slice(first, first + step);
    const start = part[0] as number;
    const chunk = new Uint8Array(((part.at(-1) as number) + 1 - start) * pictureBytes);
    await source.read(chunk, 0, chunk.length, start * pictureBytes);
    const pictures = part.map((index) => {
      const at = (index - start) * pictureBytes;
      const pixels = chunk.subarray(at, at + pictureBytes);
      return channels === 1 ? toGray(pixels) : pixels;
    });
    for (const pixels of pictures) digests.push(hash('sha256', pixels, 'base64'));
    await target.writeFile(Buffer.concat(pictures));
  }
  await target.sync();
  return digests;
}

/** A picture in both sets. */
export interface Duplicate {
  readonly train: string;
  readonly test: string;
}

/**
 * Finds the test pictures that the training set holds as well, pixel by pixel.
 *
 * @param digests `[pictures]` digest of each picture, the training set first
 * @param paths `[pictures]` path of each picture
 * @param train number of training pictures
 */
export function findDuplicates(digests: readonly string[], paths: readonly string[], train: number): Duplicate[] {
  const trained = new Map<string, number>();
  for (let i = train - 1; i >= 0; i--) trained.set(digests[i] as string, i);
  return digests.slice(train).flatMap((digest, i): Duplicate[] => {
    const twin = trained.get(digest);
    return twin === undefined ? [] : [{ train: paths[twin] as string, test: paths[train + i] as string }];
  });
}
