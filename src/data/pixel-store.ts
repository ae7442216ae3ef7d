import { closeSync, openSync, readSync } from 'node:fs';
import { DataError } from './data-error.ts';

/**
 * Place of a set's pixels: `[count, side, side, channels]` bytes, row-major. Plain data: it crosses threads. Memory is
 * shared, so that worker threads read it without a copy. A file is read picture by picture, so that it may be larger than
 * the memory; the system keeps what was read lately.
 */
export type PixelStore =
  | { readonly kind: 'memory'; readonly bytes: Uint8Array<SharedArrayBuffer> }
  /** `start` is the place of the first picture's first byte. */
  | { readonly kind: 'file'; readonly path: string; readonly start: number };

/** Reads the bytes from `start` on, as many as asked for. The next call may overwrite them. */
export type ReadBytes = (start: number, length: number) => Uint8Array;

/**
 * Opens a store, and closes it when the work with it ends.
 *
 * @param work reads bytes; `start` counts from the first picture's first byte
 * @throws DataError if the file cannot be opened, or ends before the bytes asked for
 */
export function withPixels<T>(store: PixelStore, work: (read: ReadBytes) => T): T {
  if (store.kind === 'memory') return work((start, length) => store.bytes.subarray(start, start + length));
  const { path, start: first } = store;
  const file = open(path);
  let buffer = new Uint8Array();
  try {
    return work((start, length) => {
      if (buffer.length < length) buffer = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const read = readSync(file, buffer, done, length - done, first + start + done);
        if (read === 0) throw new DataError(`${path} ends before byte ${first + start + length}: it is truncated`);
        done += read;
      }
      return buffer.subarray(0, length);
    });
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new DataError(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

/** Most bytes that are read at a time when a whole store is read. */
const CHUNK_BYTES = 1 << 22;

/**
 * Reads all bytes of a store, in order, some whole pictures at a time.
 *
 * @param count number of pictures
 * @param pictureBytes bytes of a picture
 * @param take receives the bytes, which the next call may overwrite
 */
export function readAllPixels(
  store: PixelStore,
  count: number,
  pictureBytes: number,
  take: (bytes: Uint8Array) => void,
): void {
  const step = Math.max(1, Math.floor(CHUNK_BYTES / pictureBytes)) * pictureBytes;
  withPixels(store, (read) => {
    for (let start = 0; start < count * pictureBytes; start += step) {
      take(read(start, Math.min(step, count * pictureBytes - start)));
    }
  });
}
