import { hash } from 'node:crypto';
import { type xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { sayValue } from './say-value.ts';

type Generator = ReturnType<typeof xoroshiro128plus>;

/** Smallest shape for which logarithms of gamma variates stay finite. */
export const SMALLEST_SHAPE = 1e-300;

/** The whole state of a generator: plain data that survives JSON. */
export interface RandomState {
  /** The 128 bits of xoroshiro128+, as four 32-bit integers. */
  readonly generator: readonly number[];
  /** Second normal variate of the last pair; null if it was returned. */
  readonly spare: number | null;
}

/**
 * A seeded random number generator (xoroshiro128+ of Blackman and Vigna). The same seed and stream give the same
 * numbers on every platform. Every method uses the high bits, because the low bits of this generator are its weakest.
 */
export class Random {
  readonly #generator: Generator;
  #spare: number | null;

  private constructor(generator: Generator, spare: number | null) {
    this.#generator = generator;
    this.#spare = spare;
  }

  /**
   * Creates the generator of a named stream. Streams of one seed are independent: the state is the first 16 bytes of
   * SHA-256 over the UTF-8 text of `JSON.stringify([seed, ...stream])`, read as four big-endian integers.
   *
   * @throws RangeError if the seed or a number in the stream is not a safe integer
   */
  static fromSeed(seed: number, ...stream: readonly (string | number)[]): Random {
    for (const [i, part] of [seed, ...stream].entries()) {
      if ((i === 0 || typeof part === 'number') && !Number.isSafeInteger(part)) {
        throw new RangeError(`a seed must be a safe integer, got ${sayValue(part)}`);
      }
    }
    const digest = hash('sha256', JSON.stringify([seed, ...stream]), 'buffer');
    const state = [0, 4, 8, 12].map((offset) => digest.readInt32BE(offset));
    return new Random(xoroshiro128plusFromState(state), null);
  }

  /** Creates a generator that continues exactly from a saved state. */
  static restore(state: RandomState): Random {
    return new Random(xoroshiro128plusFromState([...state.generator]), state.spare);
  }

  save(): RandomState {
    return { generator: [...this.#generator.getState()], spare: this.#spare };
  }

  /** Draws uniformly from [0, 1): a multiple of 2^-53. */
  uniform(): number {
    const high = this.#generator.next() >>> 5;
    const low = this.#generator.next() >>> 6;
    return (high * 2 ** 26 + low) * 2 ** -53;
  }

  /**
   * Draws uniformly from 0 .. bound - 1, without bias.
   *
   * @throws RangeError if the bound is not an integer from 1 to 2^32
   */
  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
      throw new RangeError(`bound must be an integer from 1 to 2^32, got ${bound}`);
    }
    // `bound` buckets of equal size; a number above the last of them is drawn again.
    const bucket = Math.floor(2 ** 32 / bound);
    for (;;) {
      const drawn = Math.floor((this.#generator.next() >>> 0) / bucket);
      if (drawn < bound) return drawn;
    }
  }

  /** Draws from N(0, 1) by Marsaglia's polar method, which makes pairs: the second is kept for the next call. */
  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = y * factor;
      return x * factor;
    }
  }

  /** Shuffles in place (Fisher and Yates). Every order is equally likely. */
  shuffle(items: Uint32Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const item = items[i] as number;
      items[i] = items[j] as number;
      items[j] = item;
    }
  }
}

/**
 * Draws from Beta(a, b) as A / (A + B), with A and B gamma variates. Their logarithms are used, so that no shape
 * overflows or underflows; tiny shapes may round to exactly 0 or 1.
 *
 * @returns a number in [0, 1]
 * @throws RangeError if a shape is not finite or is below 1e-300
 */
export function sampleBeta(random: Random, a: number, b: number): number {
  checkShape('a', a);
  checkShape('b', b);
  const logA = sampleLogGamma(random, a);
  const logB = sampleLogGamma(random, b);
  return 1 / (1 + Math.exp(logB - logA));
}

/**
 * Draws from Gamma(shape, 1) by the rejection method of Marsaglia and Tsang (2000), "A simple method for generating
 * gamma variables", and returns the logarithm. Shapes below 1 use their boost: Gamma(shape + 1) * U^(1 / shape).
 *
 * @param shape finite, and at least `SMALLEST_SHAPE`
 */
export function sampleLogGamma(random: Random, shape: number): number {
  if (shape < 1) return sampleLogGamma(random, shape + 1) + Math.log(1 - random.uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const t = 1 + c * x;
    if (t <= 0) continue;
    const v = t * t * t;
    const u = random.uniform();
    const square = x * x;
    // The first test is a cheap bound on the second.
    const accepted = u < 1 - 0.0331 * square * square || Math.log(u) < 0.5 * square + d * (1 - v + Math.log(v));
    if (accepted) return Math.log(d) + Math.log(v);
  }
}

function checkShape(name: string, shape: number): void {
  if (!(shape >= SMALLEST_SHAPE && shape < Infinity)) {
    throw new RangeError(`shape ${name} of a Beta distribution must be finite and at least 1e-300, got ${shape}`);
  }
}
