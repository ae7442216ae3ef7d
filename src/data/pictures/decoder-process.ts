/*
 * The process that decodes pictures for `decodeFiles`. It has threads of its own, one a core, and a picture that crashes
 * the decoder ends this process alone.
 */
import { openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { DataError } from '../data-error.ts';
import { decodePicture, isGray, loadPictureLibrary } from './decode-picture.ts';

/** Names a file of pixels `[count, side, side, 3]` that the pictures are written to. */
export interface DecoderStart {
  readonly out: string;
  readonly side: number;
}

/** A picture to decode, and its place in the file. */
export interface DecoderTask {
  readonly index: number;
  readonly path: string;
  /** Name for an error. */
  readonly name: string;
}

/** Answer to a task. `broken` says why the picture cannot be read; `failed` is an error of the system. */
export type DecoderAnswer =
  | { readonly index: number; readonly gray: boolean }
  | { readonly index: number; readonly broken: string }
  | { readonly failed: { readonly message: string; readonly code: string | undefined } };

const library = await loadPictureLibrary();
library.cache(false); // every picture comes once
library.concurrency(1); // as many pictures as cores are decoded side by side

const { out, side } = JSON.parse(process.argv[2] as string) as DecoderStart;
const file = openSync(out, 'r+');

async function decode({ index, path, name }: DecoderTask): Promise<DecoderAnswer> {
  try {
    const pixels = await decodePicture(library, await readFile(path), name, side);
    writeFully(pixels, index * pixels.length);
    return { index, gray: isGray(pixels) };
  } catch (error) {
    if (error instanceof DataError) return { index, broken: error.message };
    const { message, code, syscall } = error as NodeJS.ErrnoException;
    const isFull = code === 'EMFILE' || code === 'ENFILE'; // of files that are open, which is no fault of the picture
    if ((syscall === 'open' || syscall === 'read') && !isFull)
      return { index, broken: `${name} cannot be read (${code})` };
    return { failed: { message, code } };
  }
}

function writeFully(bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}

process.on('message', async (task: DecoderTask) => {
  const answer = await decode(task);
  if (process.connected) process.send?.(answer);
});
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined); // Ctrl-C reaches the parent too, which ends this process
