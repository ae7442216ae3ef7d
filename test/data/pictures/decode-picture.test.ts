import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/data/dataset.ts';
import { decodePicture, isGray, loadPictureLibrary, toGray } from '../../../src/data/pictures/decode-picture.ts';
import { Random } from '../../../src/math/random.ts';
import { makeBmp } from '../../support/make-bmp.ts';
import { makePng } from '../../support/make-png.ts';

/** Noise `[height, width, 3]`. */
function noise(width: number, height: number): Uint8Array {
  const random = Random.fromSeed(1, 'noise');
  return Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
}

const picture = (pixels: Uint8Array, width: number, height: number, channels: 1 | 2 | 3 | 4 = 3) =>
  sharp(pixels, { raw: { width, height, channels } });

const decode = async (bytes: Uint8Array, side: number) => [...(await decodePicture(sharp, bytes, 'x', side))];

/** Weights of torchvision's Resize: a triangle as wide as the scale, over the inputs that exist. */
function triangle(i: number, from: number, to: number): number[] {
  const scale = from / to;
  const weights = Array.from({ length: from }, (_, k) =>
    Math.max(0, 1 - Math.abs(k + 0.5 - (i + 0.5) * scale) / scale),
  );
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}

describe('decodePicture', () => {
  it('keeps the pixels of a picture of the right size, whatever the lossless format', async () => {
    const pixels = noise(9, 9);
    for (const bytes of [
      await picture(pixels, 9, 9).png().toBuffer(),
      await picture(pixels, 9, 9).webp({ lossless: true }).toBuffer(),
      makeBmp({ width: 9, pixels, depth: 24 }),
      makeBmp({ width: 9, pixels, depth: 32, topDown: true }),
    ]) {
      expect(await decode(bytes, 9)).toEqual([...pixels]);
    }
  });

  it('reads JPEG and GIF', async () => {
    const red = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => (i % 3 === 0 ? 200 : 40));
    for (const bytes of [await picture(red, 8, 8).jpeg().toBuffer(), await picture(red, 8, 8).gif().toBuffer()]) {
      const [r, g, b] = await decode(bytes, 4);
      // JPEG rounds colors, and GIF's palette does.
      expect(Math.abs((r as number) - 200) + Math.abs((g as number) - 40) + Math.abs((b as number) - 40)).toBeLessThan(
        12,
      );
    }
  });

  it('resizes as torchvision does: by a triangle filter that averages', async () => {
    const [from, to] = [24, 8];
    const pixels = noise(from, from);
    const got = await decode(await picture(pixels, from, from).png().toBuffer(), to);
    // At the edge both filters lack inputs, and fill them in differently.
    for (let y = 1; y < to - 1; y++) {
      for (let x = 1; x < to - 1; x++) {
        const [rows, columns] = [triangle(y, from, to), triangle(x, from, to)];
        for (let c = 0; c < 3; c++) {
          let expected = 0;
          for (const [i, row] of rows.entries()) {
            for (const [j, column] of columns.entries()) {
              expected += row * column * (pixels[(i * from + j) * 3 + c] as number);
            }
          }
          // Both passes round to bytes, and weights have 12 bits.
          expect(Math.abs((got[(y * to + x) * 3 + c] as number) - expected)).toBeLessThanOrEqual(1.5);
        }
      }
    }
  });

  it('cuts out the middle of the longer side', async () => {
    const wide = noise(11, 5);
    const middle = Array.from({ length: 5 }, (_, y) => [...wide.subarray((y * 11 + 3) * 3, (y * 11 + 8) * 3)]).flat();
    expect(await decode(await picture(wide, 11, 5).png().toBuffer(), 5)).toEqual(middle);
    const tall = noise(5, 11);
    expect(await decode(await picture(tall, 5, 11).png().toBuffer(), 5)).toEqual([...tall.subarray(45, 120)]);
  });

  it('enlarges, down from a single pixel', async () => {
    expect(
      await decode(
        await picture(Uint8Array.of(9, 8, 7), 1, 1)
          .png()
          .toBuffer(),
        3,
      ),
    ).toEqual(Array.from({ length: 9 }, () => [9, 8, 7]).flat());
  });

  it('turns a picture as its EXIF data says', async () => {
    const pixels = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]);
    const turned = await picture(pixels, 2, 2).withMetadata({ orientation: 6 }).png().toBuffer();
    expect(await decode(turned, 2)).toEqual([0, 0, 255, 255, 0, 0, 9, 9, 9, 0, 255, 0]);
  });

  it('lays transparent pixels on white', async () => {
    const pixels = Uint8Array.from([0, 0, 0, 0, 10, 20, 30, 255, 0, 0, 0, 51, 0, 0, 0, 255]);
    const expected = [255, 255, 255, 10, 20, 30, 204, 204, 204, 0, 0, 0];
    expect(await decode(await picture(pixels, 2, 2, 4).png().toBuffer(), 2)).toEqual(expected);
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000] as const;
    expect(await decode(makeBmp({ width: 2, pixels, depth: 32, masks }), 2)).toEqual(expected);
  });

  it('gives a gray picture equal channels, of 1 to 16 bits', async () => {
    const gray8 = makePng({
      width: 2,
      depth: 8,
      type: 0,
      rows: [
        [0, 7],
        [128, 255],
      ],
    });
    const gray16 = makePng({
      width: 2,
      depth: 16,
      type: 0,
      rows: [
        [0, 0, 7, 7],
        [128, 128, 255, 255],
      ],
    });
    for (const bytes of [gray8, gray16]) {
      expect(await decode(bytes, 2)).toEqual([0, 7, 128, 255].flatMap((value) => [value, value, value]));
    }
    const bits = makePng({ width: 2, depth: 1, type: 0, rows: [[0b01000000], [0b10000000]] });
    expect(await decode(bits, 2)).toEqual([0, 255, 255, 0].flatMap((value) => [value, value, value]));
  });

  it('takes the first picture of an animation', async () => {
    const frames = Uint8Array.from({ length: 4 * 8 * 3 }, (_, i) => (i < 48 ? 0 : 255));
    const gif = await sharp(frames, { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } })
      .gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    expect(new Set(await decode(gif, 4))).toEqual(new Set([0]));
  });

  it('names what it cannot read in one sentence', async () => {
    const png = await picture(noise(20, 20), 20, 20).png().toBuffer();
    const jpeg = await picture(noise(40, 40), 40, 40).jpeg().toBuffer();
    for (const [bytes, said] of [
      [Buffer.from(''), 'x must be a PNG, JPEG, WebP, GIF or BMP picture'],
      [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'x must be a PNG'],
      [await picture(noise(4, 4), 4, 4).tiff().toBuffer(), 'x must be a PNG'],
      [png.subarray(0, 40), 'x is a damaged picture ('],
      [png.subarray(0, png.length / 2), 'x is a damaged picture ('],
      [jpeg.subarray(0, jpeg.length / 2), 'x is a damaged picture ('],
      [Buffer.from('BM'), 'x is a damaged picture ('],
    ] as const) {
      const error: Error = await decodePicture(sharp, bytes, 'x', 8).then(
        () => new Error('it was read'),
        (thrown) => thrown,
      );
      expect(error).toBeInstanceOf(DataError);
      expect(error.message).toContain(said);
      expect(error.message).not.toContain('\n');
    }
  });
});

describe('toGray', () => {
  it('weighs colors by luma, as Pillow rounds it, and keeps gray', () => {
    // The primaries are known from Pillow's convert('L'); the last color is computed from its weights.
    expect([...toGray(Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 12, 200, 99))]).toEqual([76, 150, 29, 132]);
    const grays = Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3));
    expect([...toGray(grays)]).toEqual(Array.from({ length: 256 }, (_, i) => i));
    expect(isGray(grays)).toBe(true);
    expect(isGray(grays.with(301, 0))).toBe(false);
  });
});

describe('loadPictureLibrary', () => {
  it('says what to install', async () => {
    const missing = loadPictureLibrary(() => Promise.reject(new Error("Cannot find package 'sharp'")));
    await expect(missing).rejects.toThrow('decoded by the package sharp, which is missing: npm install sharp');
    await expect(missing).rejects.toBeInstanceOf(DataError);
  });
});
