/** Pixels of a BMP. */
export interface BmpPicture {
  readonly width: number;
  readonly height: number;
  /** 3: red, green and blue; 4: and opacity */
  readonly channels: 3 | 4;
  /** `[height, width, channels]`, row-major, the top row first */
  readonly pixels: Uint8Array;
}

/** Ways to store pixels: as they are, or with a mask for each channel. */
const COMPRESSION = { none: 0, masks: 3 } as const;

/** Place of the first mask, in headers of every length. */
const MASKS = 54;

/** Length of the first header that has a mask of opacity. */
const HEADER_WITH_OPACITY = 56;

/** Whether bytes begin as those of a BMP. */
export function hasBmpSignature(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/**
 * Reads an uncompressed BMP: indices of a palette with 1, 4 or 8 bits, or colors with 24 or 32 bits, from the bottom up or
 * from the top down. Opacity counts if the header has a mask for it.
 *
 * Source: `BITMAPINFOHEADER` and `BITMAPV5HEADER` in the documentation of Windows GDI.
 *
 * @throws RangeError if the file is truncated, compressed, or of another depth
 */
export function readBmp(bytes: Uint8Array): BmpPicture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkReach(view, MASKS);
  const headerLength = view.getUint32(14, true);
  if (headerLength < 40) throw new RangeError(`a header of ${headerLength} bytes is of a version too old`);
  const [width, signedHeight] = [view.getInt32(18, true), view.getInt32(22, true)];
  const height = Math.abs(signedHeight);
  const depth = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  if (width < 1 || height < 1) throw new RangeError(`its size is ${width}x${height}`);
  const sample = samplerOf(view, { headerLength, depth, compression });
  const start = view.getUint32(10, true);
  const stride = Math.ceil((width * depth) / 32) * 4;
  if (start + stride * height > bytes.length) throw new RangeError('it is truncated');

  const { channels } = sample;
  const pixels = new Uint8Array(width * height * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = start + stride * (signedHeight > 0 ? height - 1 - y : y);
    for (let x = 0; x < width; x++) {
      sample.write(row, x, pixels, to);
      to += channels;
    }
  }
  return { width, height, channels, pixels };
}

interface Sampler {
  readonly channels: 3 | 4;
  /** Writes pixel `x` of the row that begins at byte `row` to place `to`. */
  write(row: number, x: number, pixels: Uint8Array, to: number): void;
}

interface Layout {
  readonly headerLength: number;
  readonly depth: number;
  readonly compression: number;
}

function samplerOf(view: DataView, { headerLength, depth, compression }: Layout): Sampler {
  const copy = (from: number, places: readonly number[], pixels: Uint8Array, to: number): void => {
    checkReach(view, from + places.length);
    for (const [c, place] of places.entries()) pixels[to + c] = view.getUint8(from + place);
  };
  const unmasked = compression === COMPRESSION.none;
  if (unmasked && (depth === 1 || depth === 4 || depth === 8)) {
    const palette = 14 + headerLength;
    return {
      channels: 3,
      write(row, x, pixels, to) {
        const byte = view.getUint8(row + Math.floor((x * depth) / 8));
        const index = (byte >> (8 - depth - ((x * depth) % 8))) & (2 ** depth - 1);
        copy(palette + 4 * index, [2, 1, 0], pixels, to);
      },
    };
  }
  if (unmasked && (depth === 24 || depth === 32)) {
    const size = depth / 8;
    return { channels: 3, write: (row, x, pixels, to) => copy(row + size * x, [2, 1, 0], pixels, to) };
  }
  if (compression === COMPRESSION.masks && depth === 32) {
    checkReach(view, headerLength >= HEADER_WITH_OPACITY ? MASKS + 16 : MASKS + 12);
    const masks = headerLength >= HEADER_WITH_OPACITY ? [0, 1, 2, 3] : [0, 1, 2];
    const places = masks.map((c) => view.getUint32(MASKS + 4 * c, true)).filter((mask, c) => c < 3 || mask !== 0);
    const offsets = places.map(byteOfMask);
    return {
      channels: offsets.length === 4 ? 4 : 3,
      write: (row, x, pixels, to) => copy(row + 4 * x, offsets, pixels, to),
    };
  }
  throw new RangeError(`${depth} bits a pixel, compressed in way ${compression}, are not read: save it uncompressed`);
}

/** @throws RangeError if the file ends before a byte */
function checkReach(view: DataView, end: number): void {
  if (end > view.byteLength) throw new RangeError('it is truncated');
}

/** Place of the byte that a mask of eight bits selects. */
function byteOfMask(mask: number): number {
  const place = [0xff, 0xff00, 0xff0000, 0xff000000].indexOf(mask);
  if (place === -1) throw new RangeError(`the mask 0x${mask.toString(16)} is not that of a byte`);
  return place;
}
