import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/data/dataset.ts';
import { decodePng } from '../../../tools/predict/decode-png.ts';
import { makePng, type PngParts } from '../../support/make-png.ts';

const pixelsOf = (parts: PngParts): number[] => [...decodePng(makePng(parts), 'a.png').pixels];

describe('decodePng', () => {
  it('reads colors in order', () => {
    const rows = [
      [1, 2, 3, 4, 5, 6],
      [7, 8, 9, 250, 251, 252],
    ];
    const picture = decodePng(makePng({ width: 2, depth: 8, type: 2, rows }), 'a.png');
    expect(picture).toEqual({ width: 2, height: 2, pixels: Float32Array.from(rows.flat()) });
  });

  it.each([
    ['1 bit', { width: 3, depth: 1, type: 0, rows: [[0b10100000]] }, [255, 0, 255]],
    ['2 bits', { width: 3, depth: 2, type: 0, rows: [[0b00011100]] }, [0, 85, 255]],
    ['4 bits', { width: 3, depth: 4, type: 0, rows: [[0x0f, 0x30]] }, [0, 255, 51]],
    ['8 bits', { width: 3, depth: 8, type: 0, rows: [[0, 7, 255]] }, [0, 7, 255]],
    ['16 bits', { width: 2, depth: 16, type: 0, rows: [[0xff, 0xff, 0x01, 0x01]] }, [255, 1]],
  ] as const)('reads gray of %s', (_, parts, grays) => {
    expect(pixelsOf(parts)).toEqual(grays.flatMap((gray) => [gray, gray, gray]));
  });

  it('reads rows of packed samples that do not end at a byte', () => {
    const grays = pixelsOf({ width: 3, depth: 1, type: 0, rows: [[0b11000000], [0b00100000]] });
    expect(grays.filter((_, i) => i % 3 === 0)).toEqual([255, 255, 0, 0, 0, 255]);
  });

  it('reads a palette, with and without opacity', () => {
    const chunks = { PLTE: [10, 20, 30, 40, 50, 60] };
    const parts = { width: 3, depth: 2, type: 3, rows: [[0b00010000]] } as const;
    expect(pixelsOf({ ...parts, chunks })).toEqual([10, 20, 30, 40, 50, 60, 10, 20, 30]);
    const clear = pixelsOf({ ...parts, chunks: { ...chunks, tRNS: [0, 255] } });
    expect(clear).toEqual([255, 255, 255, 40, 50, 60, 255, 255, 255]);
  });

  it('lays transparent pixels on white', () => {
    expect(pixelsOf({ width: 2, depth: 8, type: 6, rows: [[10, 20, 30, 255, 10, 20, 30, 0]] })).toEqual([
      10, 20, 30, 255, 255, 255,
    ]);
    // A fifth of 5, and four fifths of white.
    expect(pixelsOf({ width: 1, depth: 8, type: 4, rows: [[5, 51]] })).toEqual([205, 205, 205]);
  });

  it('lays the color that is marked as transparent on white', () => {
    const color = { width: 3, depth: 8, type: 2, rows: [[1, 2, 3, 1, 2, 4, 0, 0, 0]] } as const;
    expect(pixelsOf({ ...color, chunks: { tRNS: [0, 1, 0, 2, 0, 3] } })).toEqual([255, 255, 255, 1, 2, 4, 0, 0, 0]);
    const gray = { width: 2, depth: 8, type: 0, rows: [[9, 8]] } as const;
    expect(pixelsOf({ ...gray, chunks: { tRNS: [0, 9] } })).toEqual([255, 255, 255, 8, 8, 8]);
  });

  it('refuses what is no PNG, or a damaged one', () => {
    const jpeg = () => decodePng(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), 'cat.jpg');
    expect(jpeg).toThrow(DataError);
    expect(jpeg).toThrow('cat.jpg must be a PNG, the only format that is read so far');
    const png = makePng({ width: 1, depth: 8, type: 0, rows: [[1]] });
    expect(() => decodePng(png.subarray(0, png.length - 20), 'cut.png')).toThrow(/^cut\.png is a damaged PNG \(.+\)$/);
    const flipped = png.map((byte, i) => (i === png.length - 18 ? byte ^ 1 : byte));
    expect(() => decodePng(flipped, 'flipped.png')).toThrow(/^flipped\.png is a damaged PNG \(.+\)$/);
    expect(() => decodePng(new Uint8Array(), 'empty.png')).toThrow('empty.png must be a PNG');
  });
});
