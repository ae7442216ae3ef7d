import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CIFAR10_FACTS, CIFAR10_SHAPE } from '../../src/data/cifar10-format.ts';
import { eraseSquares, type TrainingRequest, trainingMiniBatch } from '../../src/data/mini-batch.ts';
import { Random } from '../../src/math/random.ts';
import { blackPictures } from '../support/made-up-data.ts';

/** Erases squares from pictures without zeros. */
function erase(pictures: number, image: number, side: number, seed = 0, chance?: number): Float32Array {
  const images = new Float32Array(pictures * image * image * 3).fill(1);
  eraseSquares(images, { image, channels: 3 }, side, Random.fromSeed(seed, 'cutout'), chance);
  return images;
}

/** Returns the sorted rows and columns of a picture's erased pixels, and their number. */
function erasedOf(images: Float32Array, picture: number, image: number) {
  const rows = new Set<number>();
  const columns = new Set<number>();
  let pixels = 0;
  for (let i = 0; i < image * image; i++) {
    const at = (picture * image * image + i) * 3;
    const channels = images.subarray(at, at + 3);
    expect(new Set(channels).size).toBe(1); // all channels or none
    if (channels[0] !== 0) continue;
    rows.add(Math.floor(i / image));
    columns.add(i % image);
    pixels++;
  }
  return { rows: [...rows].sort((a, b) => a - b), columns: [...columns].sort((a, b) => a - b), pixels };
}

const adjacent = (numbers: number[]): boolean =>
  numbers.every((n, i) => i === 0 || n === (numbers[i - 1] as number) + 1);

describe('eraseSquares', () => {
  it('erases one rectangle from each picture: the part of the square inside it', () => {
    fc.assert(
      fc.property(fc.constantFrom(4, 8, 16), fc.integer({ min: 1, max: 16 }), fc.nat(1000), (image, side, seed) => {
        fc.pre(side <= image);
        const images = erase(3, image, side, seed);
        for (let picture = 0; picture < 3; picture++) {
          const { rows, columns, pixels } = erasedOf(images, picture, image);
          expect(adjacent(rows) && adjacent(columns)).toBe(true);
          expect(pixels).toBe(rows.length * columns.length);
          for (const span of [rows, columns]) {
            expect(span.length).toBeLessThanOrEqual(side);
            // At least half a side is inside, and less than a whole one only at the border.
            expect(span.length).toBeGreaterThanOrEqual(Math.floor(side / 2));
            if (span.length < side) expect(span[0] === 0 || span.at(-1) === image - 1).toBe(true);
          }
        }
      }),
    );
  });

  it('centers squares at every pixel equally often', () => {
    // A side of 1 erases the center alone.
    const [image, pictures] = [4, 1600];
    const images = erase(pictures, image, 1);
    const counts = new Array<number>(image * image).fill(0);
    for (let i = 0; i < pictures * image * image; i++) if (images[i * 3] === 0) counts[i % (image * image)]! += 1;
    expect(counts.reduce((sum, count) => sum + count)).toBe(pictures);
    // Each pixel is expected 100 times, with a standard deviation of 9.7.
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect(Math.max(...counts)).toBeLessThan(140);
  });

  it('erases the expected share of pixels', () => {
    // Rows and columns are drawn independently; this is the mean share of each that is erased:
    const [image, side, pictures] = [32, 16, 400];
    let centers = 0;
    for (let center = 0; center < image; center++) {
      centers += Math.min(image, center + side / 2) - Math.max(0, center - side / 2);
    }
    const expected = (centers / image ** 2) ** 2;
    const images = erase(pictures, image, side);
    const erased = images.filter((value) => value === 0).length / images.length;
    // The standard deviation of one picture's share is 0.055.
    expect(Math.abs(erased - expected)).toBeLessThan(4 * (0.055 / Math.sqrt(pictures)));
  });
});

describe('a chance of cutout', () => {
  const erased = (chance: number): number => {
    const images = erase(400, 4, 2, 0, chance);
    return Array.from({ length: 400 }, (_, picture) => erasedOf(images, picture, 4).pixels).filter((n) => n > 0).length;
  };

  it('leaves the others whole', () => {
    // The standard deviation at 0.3 is 9.
    expect(Math.abs(erased(0.3) - 120)).toBeLessThan(36);
    expect(erased(0)).toBe(0);
  });

  it('of 1 is none: the same squares', () => {
    expect(erase(20, 8, 4, 3, 1)).toEqual(erase(20, 8, 4, 3));
    expect(erased(1)).toBe(400);
  });
});

describe('trainingMiniBatch with cutout', () => {
  const set = blackPictures(20);
  const random = Random.fromSeed(1, 'pictures');
  for (let i = 0; i < set.images.bytes.length; i++) set.images.bytes[i] = random.integer(256);
  const indices = Uint32Array.from({ length: 20 }, (_, i) => i);
  const request: TrainingRequest = {
    facts: { ...CIFAR10_SHAPE, ...CIFAR10_FACTS },
    seed: 1,
    stream: 'retraining',
    step: 3,
    batch: 10,
    image: 8,
  };

  it('changes only the erased squares, with new ones in every step', () => {
    const plain = trainingMiniBatch(set, indices, request);
    const cut = trainingMiniBatch(set, indices, { ...request, cutout: 4 });
    expect(cut.labels).toEqual(plain.labels);
    const differing = cut.images.filter((value, i) => value !== plain.images[i]);
    expect(new Set(differing)).toEqual(new Set([0]));
    expect(trainingMiniBatch(set, indices, { ...request, cutout: 4 })).toEqual(cut);
    expect(trainingMiniBatch(set, indices, { ...request, cutout: 0 })).toEqual(plain);

    const same = new Uint32Array(20).fill(5); // one picture, so that only crops and squares differ
    const squares = [3, 4].map((step) => {
      const { images } = trainingMiniBatch(set, same, { ...request, step, cutout: 4 });
      return images.map((value) => (value === 0 ? 1 : 0)).join();
    });
    expect(squares[0]).not.toBe(squares[1]);
  });

  it('refuses a side that is not a whole number', () => {
    for (const cutout of [-1, 1.5]) {
      expect(() => trainingMiniBatch(set, indices, { ...request, cutout })).toThrow(/^cutout must be an integer/);
    }
  });
});
