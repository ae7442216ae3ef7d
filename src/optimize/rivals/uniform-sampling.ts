import { Random, type RandomState } from '../../math/random.ts';
import type { Optimizer, Point, PointEvaluation } from '../optimizer.ts';
import { checkSaved, soleEvaluation, startWithin } from '../single-point.ts';

export interface UniformSamplingOptions {
  /** `[coordinates]` the position before a loss is known; moved to the edge of the domain where it is outside */
  readonly start: Float64Array;
  /** `[lo, hi]` of every coordinate. @default [-5, 5] */
  readonly domain?: readonly [number, number];
}

/** Plain data with typed arrays. */
export interface UniformSamplingState {
  readonly settings: { readonly domain: readonly [number, number] };
  readonly random: RandomState;
  readonly position: Float64Array;
  /** At the position; Infinity before there is one. */
  readonly loss: number;
  readonly trial: Float64Array;
  /** Whether the trial waits for its loss. */
  readonly asked: boolean;
}

/**
 * Random search: one point a step, uniform in the domain whatever was seen. Its position is the best point so far. What
 * every method that looks where it goes has to beat.
 */
export class UniformSampling implements Optimizer {
  readonly #settings: { readonly domain: readonly [number, number] };
  readonly #position: Float64Array;
  readonly #trial: Float64Array;
  readonly #points: readonly Point[];
  #random: Random;
  #loss = Infinity;
  #asked = false;

  /**
   * @param random draws the points, and nothing else may draw from it
   * @throws RangeError where an option breaks its rule
   */
  constructor({ start, domain = [-5, 5] }: UniformSamplingOptions, random: Random) {
    this.#settings = { domain: [domain[0], domain[1]] };
    this.#position = startWithin(start, domain);
    this.#trial = this.#position.slice();
    this.#points = [point(this.#trial)];
    this.#random = random;
  }

  /** The best point seen, the earliest of equal ones; the start before any loss was finite. */
  get position(): Float64Array {
    return this.#position;
  }

  /** The progress plays no part. */
  ask(progress: number): readonly Point[] {
    if (!(progress >= 0 && progress <= 1)) throw new RangeError(`progress must be from 0 to 1, got ${progress}`);
    if (!this.#asked) this.#draw(this.#random, this.#trial);
    this.#asked = true;
    return this.#points;
  }

  tell(evaluations: readonly PointEvaluation[]): void {
    const { loss } = soleEvaluation(this.#asked, evaluations, null);
    this.#asked = false;
    if (!(loss < this.#loss && loss > -Infinity)) return;
    this.#loss = loss;
    this.#position.set(this.#trial);
  }

  /** The points after the one asked for last: none depends on a loss. */
  foresee(progress: readonly number[]): readonly Point[] {
    const random = Random.restore(this.#random.save());
    return progress.map(() => point(this.#draw(random, new Float64Array(this.#trial.length))));
  }

  save(): UniformSamplingState {
    return {
      settings: { ...this.#settings },
      random: this.#random.save(),
      position: this.#position.slice(),
      loss: this.#loss,
      trial: this.#trial.slice(),
      asked: this.#asked,
    };
  }

  restore(state: object): void {
    const saved = state as UniformSamplingState;
    checkSaved(saved, this.#position, this.#settings);
    this.#random = Random.restore(saved.random);
    this.#position.set(saved.position);
    this.#loss = saved.loss;
    this.#trial.set(saved.trial);
    this.#asked = saved.asked;
  }

  #draw(random: Random, into: Float64Array): Float64Array {
    const [low, high] = this.#settings.domain;
    // Rounding may take the sum past the end of the domain.
    for (let i = 0; i < into.length; i++) into[i] = Math.min(high, low + random.uniform() * (high - low));
    return into;
  }
}

function point(position: Float64Array): Point {
  return { position, gradient: false, perExample: false };
}
