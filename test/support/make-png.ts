import { crc32, deflateSync } from 'node:zlib';

/** A PNG to make: samples packed as the format packs them. */
export interface PngParts {
  readonly width: number;
  /** Bits of a sample. */
  readonly depth: 1 | 2 | 4 | 8 | 16;
  /** 0 gray, 2 color, 3 palette, 4 gray and opacity, 6 color and opacity */
  readonly type: 0 | 2 | 3 | 4 | 6;
  /** Bytes of each row. */
  readonly rows: readonly (readonly number[])[];
  /** Bytes of the chunks before the picture, by name. */
  readonly chunks?: Readonly<Record<string, readonly number[]>>;
}

/** Makes a PNG file by its specification (W3C, "Portable Network Graphics"). */
export function makePng({ width, depth, type, rows, chunks = {} }: PngParts): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(rows.length, 4);
  header[8] = depth;
  header[9] = type;
  const filtered = Buffer.from(rows.flatMap((row) => [0, ...row])); // filter 0: none
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...Object.entries(chunks).map(([name, bytes]) => chunk(name, Buffer.from(bytes))),
    chunk('IDAT', deflateSync(filtered)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
