import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CIFAR10_FACTS, CIFAR10_SHAPE, IMAGE_BYTES } from '../../src/data/cifar10-format.ts';
import { createImageSet, type MemoryImageSet } from '../../src/data/dataset.ts';
import { evaluationMiniBatch, type TrainingRequest, trainingMiniBatch } from '../../src/data/mini-batch.ts';
import { Random } from '../../src/math/random.ts';
import { blackPictures } from '../support/made-up-data.ts';

const MEAN = [0.4914, 0.4822, 0.4465];
const DEVIATION = [0.247, 0.2435, 0.2616];
const FACTS = { ...CIFAR10_SHAPE, ...CIFAR10_FACTS };
const SIZES = [4, 8, 16, 32];

/** Creates random pictures. The label is the index. */
function noiseSet(count: number): MemoryImageSet {
  const random = Random.fromSeed(count, 'noise');
  const set = blackPictures(count);
  for (let i = 0; i < set.images.bytes.length; i++) set.images.bytes[i] = random.integer(256);
  for (let i = 0; i < count; i++) set.labels[i] = i;
  return set;
}

const SET = noiseSet(60);
const ALL = Uint32Array.from({ length: 60 }, (_, i) => i);
const REQUEST: TrainingRequest = { facts: FACTS, seed: 1, stream: 'weights', step: 0, batch: 8, image: 8 };

/** A plain picture: `[y][x][channel]`. */
type Picture = number[][][];

/** Averages boxes of pixels, to values from 0 to 1. */
function naiveAverage(set: MemoryImageSet, index: number, image: number): Picture {
  const side = 32 / image;
  return grid(image, (y, x, c) => {
    let sum = 0;
    for (let dy = 0; dy < side; dy++) {
      for (let dx = 0; dx < side; dx++) {
        sum += set.images.bytes[index * IMAGE_BYTES + ((y * side + dy) * 32 + x * side + dx) * 3 + c]! / 255;
      }
    }
    return sum / side ** 2;
  });
}

const grid = (size: number, value: (y: number, x: number, c: number) => number): Picture =>
  Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => [0, 1, 2].map((c) => value(y, x, c))));

const naiveNormalize = (picture: Picture): number[] =>
  picture.flat().flatMap((p) => p.map((v, c) => (v - MEAN[c]!) / DEVIATION[c]!));

/** Pads with black, crops, and mirrors. */
function naiveAugment(picture: Picture, padding: number, top: number, left: number, mirrored: boolean): Picture {
  const size = picture.length;
  const padded = grid(size + 2 * padding, (y, x, c) => picture[y - padding]?.[x - padding]?.[c] ?? 0);
  const cut = padded.slice(top, top + size).map((row) => row.slice(left, left + size));
  return mirrored ? cut.map((row) => row.toReversed()) : cut;
}

/** Float32 rounding of values below 3. */
const ROUNDING = 5e-7;

const differ = (a: Float32Array, b: readonly number[]): boolean => a.some((v, i) => Math.abs(v - b[i]!) > ROUNDING);

describe('evaluationMiniBatch', () => {
  it.each(SIZES)('averages boxes of pixels and normalizes, at %i pixels', (image) => {
    const { images, labels } = evaluationMiniBatch(SET, null, { facts: FACTS, start: 3, batch: 4, image });
    expect([...labels]).toEqual([3, 4, 5, 6]);
    const expected = [3, 4, 5, 6].flatMap((i) => naiveNormalize(naiveAverage(SET, i, image)));
    expect(images.length).toBe(expected.length);
    expect(differ(images, expected)).toBe(false);
  });

  it('averages exactly: equal sums give equal values for every order of the pixels', () => {
    const set = blackPictures(2);
    for (let i = 0; i < 1024; i++) {
      set.images.bytes[i * 3] = i % 2 === 0 ? 255 : 0;
      set.images.bytes[IMAGE_BYTES + i * 3] = Math.floor(i / 32) % 2 === 0 ? 255 : 0;
    }
    for (const image of [4, 8, 16]) {
      const { images } = evaluationMiniBatch(set, null, { facts: FACTS, start: 0, batch: 2, image });
      const half = Math.fround((0.5 - MEAN[0]!) / DEVIATION[0]!);
      expect(new Set(images.filter((_, i) => i % 3 === 0))).toEqual(new Set([half]));
    }
  });

  it('goes through the indices in order; the last mini-batch is smaller', () => {
    const indices = Uint32Array.of(50, 2, 31, 7, 7);
    const labels = [0, 2, 4].map((start) => [
      ...evaluationMiniBatch(SET, indices, { facts: FACTS, start, batch: 2, image: 4 }).labels,
    ]);
    expect(labels).toEqual([[50, 2], [31, 7], [7]]);
  });

  it('refuses starts past the end, indices outside the set, and wrong sizes', () => {
    const evaluate = (start: number, batch = 2, image = 4) =>
      evaluationMiniBatch(SET, null, { facts: FACTS, start, batch, image });
    expect(() => evaluate(60)).toThrow('start must be below 60, got 60');
    expect(() => evaluate(-1)).toThrow(RangeError);
    expect(() => evaluate(0, 0)).toThrow('batch must be an integer of at least 1, got 0');
    expect(() => evaluationMiniBatch(SET, Uint32Array.of(60), { facts: FACTS, start: 0, batch: 1, image: 4 })).toThrow(
      RangeError,
    );
    for (const image of [0, 12, 31, 64, 4.5]) {
      expect(() => evaluate(0, 2, image)).toThrow(`image must divide the pictures’ 32 pixels, got ${image}`);
    }
  });
});

describe('evaluationMiniBatch of other pictures', () => {
  it.each([
    [28, 28],
    [28, 4],
    [96, 48],
    [60, 12],
  ])('averages gray pictures of %i pixels to %i, by their own mean and deviation', (side, image) => {
    const facts = { side, channels: 1, mean: [0.3], deviation: [0.2] } as const;
    const set = createImageSet(2, facts);
    const random = Random.fromSeed(side, 'gray');
    for (let i = 0; i < set.images.bytes.length; i++) set.images.bytes[i] = random.integer(256);
    const { images } = evaluationMiniBatch(set, null, { facts, start: 1, batch: 1, image });
    const box = side / image;
    const expected = Array.from({ length: image * image }, (_, i) => {
      let sum = 0;
      for (let dy = 0; dy < box; dy++) {
        for (let dx = 0; dx < box; dx++) {
          const [y, x] = [Math.floor(i / image) * box + dy, (i % image) * box + dx];
          sum += set.images.bytes[side * side + y * side + x]! / 255;
        }
      }
      return (sum / box ** 2 - 0.3) / 0.2;
    });
    expect(images.length).toBe(expected.length);
    // Float32 rounding of values below 4.
    expect(Math.max(...expected.map((value, i) => Math.abs(value - images[i]!)))).toBeLessThan(5e-7);
  });
});

describe('trainingMiniBatch', () => {
  it('is a pure function of its arguments', () => {
    const requests = fc.record({
      seed: fc.nat(3),
      stream: fc.constantFrom('weights', 'alpha'),
      step: fc.nat(40),
      batch: fc.integer({ min: 1, max: 60 }),
      image: fc.constantFrom(4, 8),
    });
    const seen = new Map<string, ReturnType<typeof trainingMiniBatch>>();
    fc.assert(
      fc.property(requests, (request) => {
        const before = [SET.images.bytes.slice(), ALL.slice()];
        const got = trainingMiniBatch(SET, ALL, { ...request, facts: FACTS });
        const key = JSON.stringify(request);
        expect(got).toEqual(seen.get(key) ?? trainingMiniBatch(SET, ALL, { ...request, facts: FACTS }));
        seen.set(key, got);
        expect(Buffer.compare(before[0] as Uint8Array, SET.images.bytes)).toBe(0);
        expect(ALL).toEqual(before[1]);
      }),
    );
  });

  it('returns new arrays each time', () => {
    const first = trainingMiniBatch(SET, ALL, REQUEST);
    const copy = first.images.slice();
    trainingMiniBatch(SET, ALL, { ...REQUEST, step: 1 });
    first.images.fill(0);
    expect(trainingMiniBatch(SET, ALL, REQUEST).images).toEqual(copy);
  });

  it('shows every picture once in an epoch, and drops those that do not fill a mini-batch', () => {
    const epoch = (epoch: number, batch: number): number[] => {
      const steps = Math.floor(60 / batch);
      return Array.from({ length: steps }, (_, i) => {
        return [...trainingMiniBatch(SET, ALL, { ...REQUEST, batch, step: epoch * steps + i }).labels];
      }).flat();
    };
    for (const batch of [1, 6, 7, 59, 60]) {
      const shown = Math.floor(60 / batch) * batch;
      for (const at of [0, 1, 5]) expect(new Set(epoch(at, batch)).size).toBe(shown);
    }
    expect(epoch(0, 6)).not.toEqual(epoch(1, 6));
    // Over several epochs every picture is shown.
    expect(new Set(Array.from({ length: 12 }, (_, at) => epoch(at, 59)).flat()).size).toBe(60);
  });

  it('draws other mini-batches for other seeds and streams', () => {
    const labels = [REQUEST, { ...REQUEST, seed: 2 }, { ...REQUEST, stream: 'alpha' }].map((request) =>
      trainingMiniBatch(SET, ALL, { ...request, facts: FACTS }).labels.join(),
    );
    expect(new Set(labels).size).toBe(3);
  });

  it('draws a new augmentation for every step, seed and stream', () => {
    const indices = new Uint32Array(20).fill(5); // the same picture, so that only its crops differ
    const images = [{}, { step: 1 }, { step: 2 }, { seed: 2 }, { stream: 'alpha' }].map((change) => {
      return trainingMiniBatch(SET, indices, { ...REQUEST, batch: 10, ...change }).images.join();
    });
    expect(new Set(images).size).toBe(5);
  });

  it('uses only pictures of its indices', () => {
    const indices = Uint32Array.of(9, 17, 33);
    const { labels } = trainingMiniBatch(SET, indices, { ...REQUEST, batch: 3 });
    expect([...labels].sort((a, b) => a - b)).toEqual([9, 17, 33]);
  });

  it.each([
    [4, 1],
    [8, 1],
  ])('at %i pixels: every crop out of a padding of %i, mirrored or not, and no other picture', (image, padding) => {
    const pictures = noiseSet(200);
    const all = Uint32Array.from({ length: 200 }, (_, i) => i);
    const length = image * image * 3;
    const averaged = Array.from(all, (i) => naiveAverage(pictures, i, image));
    const seen = new Map<string, number>();
    for (let step = 0; step < 4; step++) {
      const { images, labels } = trainingMiniBatch(pictures, all, { ...REQUEST, batch: 200, step, image });
      for (const [i, label] of labels.entries()) {
        const got = images.subarray(i * length, (i + 1) * length);
        const fitting = variants(padding).filter(({ top, left, mirrored }) => {
          return !differ(got, naiveNormalize(naiveAugment(averaged[label]!, padding, top, left, mirrored)));
        });
        expect(fitting.length).toBe(1);
        const name = JSON.stringify(fitting[0]);
        seen.set(name, (seen.get(name) ?? 0) + 1);
      }
    }
    // Each of 18 crops is expected 44 times in 800 draws, with a standard deviation of 6.5.
    const expected = 800 / variants(padding).length;
    expect(seen.size).toBe(variants(padding).length);
    expect(Math.min(...seen.values())).toBeGreaterThan(expected - 3.8 * Math.sqrt(expected));
    expect(Math.max(...seen.values())).toBeLessThan(expected + 4.5 * Math.sqrt(expected));
  });

  it.each([
    [16, 2],
    [32, 4],
  ])('at %i pixels: crops out of a padding of %i', (image, padding) => {
    const { images, labels } = trainingMiniBatch(SET, ALL, { ...REQUEST, batch: 12, image });
    const length = image * image * 3;
    for (const [i, label] of labels.entries()) {
      const picture = naiveAverage(SET, label, image);
      const got = images.subarray(i * length, (i + 1) * length);
      const fitting = variants(padding).filter(({ top, left, mirrored }) => {
        return !differ(got, naiveNormalize(naiveAugment(picture, padding, top, left, mirrored)));
      });
      expect(fitting.length).toBe(1);
    }
  });

  it('mirrors none if asked so, and changes no crop', () => {
    const step = { ...REQUEST, batch: 60 };
    const [free, plain] = [trainingMiniBatch(SET, ALL, step), trainingMiniBatch(SET, ALL, { ...step, flip: false })];
    const size = 8 * 8 * 3;
    const pictureOf = ({ images }: { readonly images: Float32Array }, i: number) =>
      images.subarray(i * size, (i + 1) * size);
    const same = [...ALL].filter((i) => pictureOf(free, i).join() === pictureOf(plain, i).join()).length;
    // Of 60 pictures half are expected, with a standard deviation of 3.9.
    expect(Math.abs(same - 30)).toBeLessThan(16);
    const padding = 1;
    for (let i = 0; i < 60; i++) {
      const got = pictureOf(plain, i);
      const picture = naiveAverage(SET, plain.labels[i]!, 8);
      const fitting = variants(padding).filter(({ top, left, mirrored: turned }) => {
        return !turned && !differ(got, naiveNormalize(naiveAugment(picture, padding, top, left, false)));
      });
      expect(fitting.length).toBe(1);
    }
  });

  it('draws each class equally often if asked so, in as many mini-batches', () => {
    const set = noiseSet(60);
    for (let i = 0; i < 60; i++) set.labels[i] = i < 50 ? 0 : 1;
    const counts = [0, 1, 2].map((epoch) => {
      const labels = [0, 1, 2, 3, 4, 5, 6].flatMap((i) => {
        return [...trainingMiniBatch(set, ALL, { ...REQUEST, step: 7 * epoch + i, balance: true }).labels];
      });
      return labels.filter((label) => label === 1).length;
    });
    expect(counts).toEqual([28, 28, 28]);
  });

  it('gives the same whichever mini-batch was asked for before', () => {
    const steps = [0, 7, 1, 30, 8, 0];
    const one = steps.map((step) => trainingMiniBatch(SET, ALL, { ...REQUEST, step }));
    const fresh = steps.map((step) => trainingMiniBatch(SET, ALL.slice(), { ...REQUEST, step }));
    expect(one).toEqual(fresh);
  });

  it('refuses mini-batches that it cannot fill', () => {
    const train = (change: Partial<TrainingRequest>) => () => trainingMiniBatch(SET, ALL, { ...REQUEST, ...change });
    expect(train({ batch: 61 })).toThrow('batch must be at most 60 pictures, got 61');
    for (const change of [{ batch: 0 }, { batch: 1.5 }, { step: -1 }, { step: 0.5 }, { image: 5 }]) {
      expect(train(change)).toThrow(RangeError);
    }
  });
});

/** Lists all crops of a padding. */
function variants(padding: number) {
  const moves = Array.from({ length: 2 * padding + 1 }, (_, i) => i);
  return moves.flatMap((top) => moves.flatMap((left) => [false, true].map((mirrored) => ({ top, left, mirrored }))));
}
