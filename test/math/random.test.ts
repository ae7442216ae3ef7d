import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random, type RandomState } from '../../src/math/random.ts';
import { kolmogorovSmirnov, ksLimit } from './kolmogorov-smirnov.ts';

/** Chi-squared of counts against equal expectations. */
function chiSquared(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** The limit that chi-squared exceeds once in a million times, by Wilson and Hilferty's approximation. */
function chiSquaredLimit(freedom: number): number {
  const part = 2 / (9 * freedom);
  return freedom * (1 - part + 4.75 * Math.sqrt(part)) ** 3;
}

/** The distribution function of N(0, 1), by Simpson's rule from 0. */
function normalCdf(x: number): number {
  const steps = 400;
  const h = x / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((i * h) ** 2) / 2);
  }
  return 0.5 + ((h / 3) * sum) / Math.sqrt(2 * Math.PI);
}

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

describe('Random', () => {
  // Made with Python 3: SHA-256 from hashlib, xoroshiro128+ (24, 16, 37) written out on 64-bit integers, the low 32
  // bits of each output, and the high 27 and 26 bits of two of them for a number.
  it.each([
    [[0], [0.04136801119531475, 0.3261272502645407, 0.875980059259988]],
    [
      [42, 'proposals'],
      [0.9427865207794035, 0.5458992106271566, 0.31163197139731],
    ],
    [
      [42, 'batches', 7],
      [0.35026123029360157, 0.20104775829256727, 0.6491776122325886],
    ],
    [
      [-1, 'é'],
      [0.6325016728478023, 0.873534202730541, 0.3232188956176435],
    ],
  ] as [[number, ...(string | number)[]], number[]][])(
    'follows the documented hash and generator for %j',
    (seed, expected) => {
      const random = Random.fromSeed(...seed);
      expect(draw(3, () => random.uniform())).toEqual(expected);
    },
  );

  it('distinguishes streams by every part, and a number from its digits', () => {
    const streams = [[0], [1], [0, 'a'], [0, 'b'], [0, 'a', 'b'], [0, 'ab'], [0, 1], [0, '1'], [0, 1, 2], [0, 12]];
    const first = streams.map((stream) => Random.fromSeed(...(stream as [number])).uniform());
    expect(new Set(first).size).toBe(streams.length);
  });

  it('gives uncorrelated numbers to neighboring seeds', () => {
    const firsts = Float64Array.from({ length: 20_000 }, (_, seed) => Random.fromSeed(seed, 'x').uniform());
    expect(kolmogorovSmirnov(firsts, (x) => x)).toBeLessThan(ksLimit(firsts.length));
    let correlation = 0;
    for (let i = 1; i < firsts.length; i++) correlation += 12 * (firsts[i - 1]! - 0.5) * (firsts[i]! - 0.5);
    // Five standard errors of a correlation of 0.
    expect(Math.abs(correlation / firsts.length)).toBeLessThan(5 / Math.sqrt(firsts.length));
  });

  it('refuses seeds that are not safe integers', () => {
    expect(() => Random.fromSeed(0.5)).toThrow(new RangeError('a seed must be a safe integer, got 0.5'));
    expect(() => Random.fromSeed(0, 'epoch', Number.NaN)).toThrow(RangeError);
  });

  it('uniform: fills [0, 1) evenly, down to the last of 53 bits', () => {
    const random = Random.fromSeed(1);
    const sample = Float64Array.from({ length: 50_000 }, () => random.uniform());
    expect(kolmogorovSmirnov(sample, (x) => x)).toBeLessThan(ksLimit(sample.length));
    expect(sample.every((x) => x >= 0 && x < 1 && Number.isInteger(x * 2 ** 53))).toBe(true);
    const odd = sample.filter((x) => (x * 2 ** 53) % 2 === 1).length;
    expect(chiSquared([odd, sample.length - odd])).toBeLessThan(chiSquaredLimit(1));
  });

  it.each([1, 2, 7, 196, 1000])('integer: is even over %i values', (bound) => {
    const random = Random.fromSeed(2);
    const counts = new Array<number>(bound).fill(0);
    for (let i = 0; i < 200 * bound; i++) counts[random.integer(bound)]!++;
    expect(counts.length).toBe(bound);
    expect(chiSquared(counts)).toBeLessThanOrEqual(bound === 1 ? 0 : chiSquaredLimit(bound - 1));
  });

  it('integer: has no bias at a bound where a remainder would double the odds of a third of the values', () => {
    const random = Random.fromSeed(3);
    const bound = 3 * 2 ** 30;
    const counts = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) counts[Math.floor(random.integer(bound) / 2 ** 30)]!++;
    expect(chiSquared(counts)).toBeLessThan(chiSquaredLimit(2));
  });

  it('integer: stays below every bound, 2^32 included', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.integer(), (bound, seed) => {
        const value = Random.fromSeed(seed).integer(bound);
        return Number.isInteger(value) && value >= 0 && value < bound;
      }),
    );
    const random = Random.fromSeed(4);
    expect(Math.max(...draw(100, () => random.integer(2 ** 32)))).toBeGreaterThan(2 ** 31);
  });

  it.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('integer: refuses the bound %d', (bound) => {
    expect(() => Random.fromSeed(0).integer(bound)).toThrow(`bound must be an integer from 1 to 2^32, got ${bound}`);
  });

  it('normal: is standard normal, and its pairs are not correlated', () => {
    const random = Random.fromSeed(5);
    const sample = Float64Array.from({ length: 20_000 }, () => random.normal());
    expect(kolmogorovSmirnov(sample, normalCdf)).toBeLessThan(ksLimit(sample.length));
    let product = 0;
    for (let i = 0; i < sample.length; i += 2) product += sample[i]! * sample[i + 1]!;
    // Five standard errors of a mean of products of independent normals.
    expect(Math.abs(product)).toBeLessThan(5 * Math.sqrt(sample.length / 2));
  });

  it('shuffle: keeps the items, and gives every order equally often', () => {
    const random = Random.fromSeed(6);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const items = Uint32Array.of(3, 1, 4, 9);
      random.shuffle(items);
      expect(items.toSorted()).toEqual(Uint32Array.of(1, 3, 4, 9));
      counts.set(items.join(), (counts.get(items.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquared([...counts.values()])).toBeLessThan(chiSquaredLimit(23));
  });

  it('continues exactly after save and restore, at any point and through JSON', () => {
    const next = (random: Random, kind: number): number =>
      [() => random.uniform(), () => random.normal(), () => random.integer(1000)][kind]!();
    const kinds = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 30 });
    fc.assert(
      fc.property(fc.integer(), kinds, kinds, (seed, before, after) => {
        const random = Random.fromSeed(seed);
        for (const kind of before) next(random, kind);
        const restored = Random.restore(JSON.parse(JSON.stringify(random.save())) as RandomState);
        expect(after.map((kind) => next(restored, kind))).toEqual(after.map((kind) => next(random, kind)));
        expect(restored.save()).toEqual(random.save());
      }),
    );
  });

  it('does not change a saved state by drawing from it', () => {
    const random = Random.fromSeed(7);
    const state = random.save();
    const once = random.uniform();
    expect(Random.restore(state).uniform()).toBe(once);
    expect(Random.restore(state).uniform()).toBe(once);
  });
});
