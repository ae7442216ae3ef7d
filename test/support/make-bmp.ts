/** A BMP to make. */
export interface BmpParts {
  readonly width: number;
  /** `[height, width, 3]`, or 4 with a mask of opacity; `[height, width]` indices of a palette */
  readonly pixels: Uint8Array;
  readonly depth: 1 | 4 | 8 | 24 | 32;
  /** Whether the top row comes first. @default false */
  readonly topDown?: boolean;
  /** `[colors]` red, green, blue */
  readonly palette?: readonly (readonly number[])[];
  /** Masks of red, green, blue and opacity. @default none, and blue comes first */
  readonly masks?: readonly [number, number, number, number];
}

/** Makes an uncompressed BMP file by its specification (`BITMAPINFOHEADER`, or `BITMAPV5HEADER` with masks). */
export function makeBmp({ width, pixels, depth, topDown = false, palette = [], masks }: BmpParts): Uint8Array {
  const channels = depth <= 8 ? 1 : masks === undefined ? 3 : 4;
  const height = pixels.length / width / channels;
  const header = masks === undefined ? 40 : 124;
  const stride = Math.ceil((width * depth) / 32) * 4;
  const start = 14 + header + 4 * palette.length;
  const file = Buffer.alloc(start + stride * height);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(start, 10);
  file.writeUInt32LE(header, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(topDown ? -height : height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(depth, 28);
  file.writeUInt32LE(masks === undefined ? 0 : 3, 30);
  for (const [i, mask] of (masks ?? []).entries()) file.writeUInt32LE(mask, 54 + 4 * i);
  for (const [i, color] of palette.entries()) file.set(color.toReversed(), 14 + header + 4 * i);
  for (let y = 0; y < height; y++) {
    const row = start + stride * (topDown ? y : height - 1 - y);
    for (let x = 0; x < width; x++) {
      const own = pixels.subarray((y * width + x) * channels, (y * width + x + 1) * channels);
      if (depth >= 24) {
        file.set([...own.subarray(0, 3).toReversed(), ...own.subarray(3)], row + (x * depth) / 8);
      } else {
        const bit = x * depth;
        file[row + (bit >> 3)]! |= (own[0] as number) << (8 - depth - (bit % 8));
      }
    }
  }
  return new Uint8Array(file);
}
