import { gunzipSync } from 'node:zlib';
import { DataError } from '../data-error.ts';

/*
 * IDX, the format of MNIST (LeCun, Cortes, Burges, http://yann.lecun.com/exdb/mnist/): two zero bytes, the type of the
 * values (8: bytes), the number of dimensions, each dimension as a big-endian integer, then the values, row-major.
 */

/** An array of bytes from an IDX file. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

const TYPE_BYTES = 8;

/**
 * Reads an IDX file of bytes, compressed by gzip or not.
 *
 * @param name name of the file, for the error
 * @param dimensions number of dimensions that it must have: 1 for labels, 3 for pictures
 * @throws DataError if the file is damaged, or another one
 */
export function readIdx(name: string, file: Uint8Array, dimensions: number): IdxArray {
  const bytes = decompress(name, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 4 + 4 * dimensions;
  const [zero, other, type, given] = bytes;
  if (bytes.length < start || zero !== 0 || other !== 0 || type !== TYPE_BYTES || given !== dimensions) {
    throw new DataError(`${name} must be an IDX file of bytes with ${dimensions} dimensions, and is not`);
  }
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== start + size) {
    throw new DataError(`${name} must hold ${shape.join('x')} bytes, got ${bytes.length - start}: it is damaged`);
  }
  return { shape, values: bytes.subarray(start) };
}

function decompress(name: string, bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new DataError(`${name} cannot be decompressed (${(cause as Error).message}): it is damaged`, { cause });
  }
}
