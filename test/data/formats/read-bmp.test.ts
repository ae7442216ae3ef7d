import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBmp } from '../../../src/data/formats/read-bmp.ts';
import { makeBmp } from '../../support/make-bmp.ts';

describe('readBmp', () => {
  it('reads colors of 24 and 32 bits, from the bottom up and from the top down', () => {
    const picture = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 }))
      .chain(([width, height]) => {
        const size = width * height * 3;
        return fc.record({
          width: fc.constant(width),
          pixels: fc.uint8Array({ minLength: size, maxLength: size }),
          depth: fc.constantFrom<24 | 32>(24, 32),
          topDown: fc.boolean(),
        });
      });
    fc.assert(
      fc.property(picture, ({ width, pixels, depth, topDown }) => {
        const height = pixels.length / width / 3;
        expect(readBmp(makeBmp({ width, pixels, depth, topDown }))).toEqual({ width, height, channels: 3, pixels });
      }),
    );
  });

  it('looks indices of 1, 4 and 8 bits up in the palette', () => {
    const palette = [
      [1, 2, 3],
      [200, 100, 50],
    ] as const;
    const indices = [1, 0, 0, 1, 1, 0, 1, 1, 0, 1];
    for (const depth of [1, 4, 8] as const) {
      const { width, height, pixels } = readBmp(
        makeBmp({ width: 5, pixels: Uint8Array.from(indices), depth, palette }),
      );
      expect({ width, height }).toEqual({ width: 5, height: 2 });
      expect([...pixels]).toEqual(indices.flatMap((index) => palette[index] as readonly number[]));
    }
  });

  it('reads opacity where the header has a mask for it', () => {
    const pixels = Uint8Array.of(10, 20, 30, 255, 40, 50, 60, 0);
    const file = makeBmp({ width: 2, pixels, depth: 32, masks: [0xff0000, 0xff00, 0xff, 0xff000000] });
    expect(readBmp(file)).toEqual({ width: 2, height: 1, channels: 4, pixels });
  });

  it('refuses what is truncated, compressed, or of another depth', () => {
    const file = makeBmp({ width: 3, pixels: new Uint8Array(27), depth: 24 });
    fc.assert(
      fc.property(fc.nat(file.length - 1), (length) => {
        expect(() => readBmp(file.subarray(0, length))).toThrow(RangeError);
      }),
    );
    for (const [at, byte, said] of [
      [30, 1, '24 bits a pixel, compressed in way 1, are not read'],
      [28, 16, '16 bits a pixel, compressed in way 0, are not read'],
      [14, 12, 'a header of 12 bytes is of a version too old'],
      [18, 0, 'its size is 0x3'],
    ] as const) {
      expect(() => readBmp(file.with(at, byte))).toThrow(said);
    }
  });
});
