import { hash } from 'node:crypto';
import { type xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

type Generator = ReturnType<typeof xoroshiro128plus>;

/** A generator's whole state. Plain data: survives JSON. */
export interface RandomState {
  /** The 128 bits of xoroshiro128+, as four 32-bit integers. */
  readonly generator: readonly number[];
  /** Second normal variate of the last pair, where it is still to be handed out. */
  readonly spare: number | null;
}

/**
 * A seeded source of randomness (xoroshiro128+ of Blackman and Vigna). Same seed and stream, same numbers, on every
 * platform. Low bits of this generator are its weakest, so every method uses the high ones.
 */
export class Random {
  readonly #generator: Generator;
  #spare: number | null;

  private constructor(generator: Generator, spare: number | null) {
    this.#generator = generator;
    this.#spare = spare;
  }

  /**
   * The generator of a named stream. Streams of one seed are independent: the state is the first 16 bytes of
   * SHA-256 over the UTF-8 text of `JSON.stringify([seed, ...stream])`, read as four big-endian integers.
   *
   * @throws RangeError where the seed or a number in the stream is not a safe integer
   */
  static fromSeed(seed: number, ...stream: readonly (string | number)[]): Random {
    for (const part of [seed, ...stream]) {
      if (typeof part === 'number' && !Number.isSafeInteger(part)) {
        throw new RangeError(`a seed must be a safe integer, got ${part}`);
      }
    }
    const digest = hash('sha256', JSON.stringify([seed, ...stream]), 'buffer');
    const state = [0, 4, 8, 12].map((offset) => digest.readInt32BE(offset));
    return new Random(xoroshiro128plusFromState(state), null);
  }

  /** A generator that goes on exactly where the saved one was. */
  static restore(state: RandomState): Random {
    return new Random(xoroshiro128plusFromState([...state.generator]), state.spare);
  }

  save(): RandomState {
    return { generator: [...this.#generator.getState()], spare: this.#spare };
  }

  /** Uniform in [0, 1): a multiple of 2^-53. */
  uniform(): number {
    const high = this.#generator.next() >>> 5;
    const low = this.#generator.next() >>> 6;
    return (high * 2 ** 26 + low) * 2 ** -53;
  }

  /**
   * Uniform among 0 .. bound - 1, without bias.
   *
   * @throws RangeError where the bound is not an integer from 1 to 2^32
   */
  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
      throw new RangeError(`bound must be an integer from 1 to 2^32, got ${bound}`);
    }
    // `bound` buckets of equal size; what lies above the last of them is drawn again.
    const bucket = Math.floor(2 ** 32 / bound);
    for (;;) {
      const drawn = Math.floor((this.#generator.next() >>> 0) / bucket);
      if (drawn < bound) return drawn;
    }
  }

  /** Standard normal, by Marsaglia's polar method: made in pairs, the second kept for the next call. */
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

  /** Shuffles in place (Fisher and Yates): every order is equally likely. */
  shuffle(items: Uint32Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const item = items[i] as number;
      items[i] = items[j] as number;
      items[j] = item;
    }
  }
}
