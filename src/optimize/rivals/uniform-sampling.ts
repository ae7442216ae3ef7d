import { Random, type RandomState } from '../../math/random.ts';
import { checkProgress, checkSaved, soleEvaluation, startWithin } from '../checks.ts';
import type { Optimizer, Point, PointEvaluation } from '../optimizer.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';

export interface UniformSamplingOptions {
  /** `[coordinates]` position before the first loss; copied, and moved to the edge of the domain if outside */
  readonly start: ArrayLike<number>;
  /** `[lo, hi]` domain of every coordinate. @default [-5, 5] */
  readonly domain?: readonly [number, number];
}

const NAMES: OptionNames<UniformSamplingOptions> = { start: true, domain: true };

/** The whole state: plain data with typed arrays. */
export interface UniformSamplingState {
  readonly settings: { readonly domain: readonly [number, number] };
  readonly random: RandomState;
  readonly position: Float64Array;
  /** Loss at the position; Infinity before the first. */
  readonly loss: number;
  /** `[coordinates]` point drawn last */
  readonly trial: Float64Array;
  /** Whether the trial is pending. */
  readonly asked: boolean;
}

/**
 * Random search: draws one point in each step, uniformly from the domain, and keeps the best one. The baseline that
 * every other method has to beat.
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
   * @param random source of the points; no other code may draw from it
   * @throws RangeError if an option breaks its rule
   */
  constructor(options: UniformSamplingOptions, random: Random) {
    checkOptionNames('uniform sampling', options, NAMES);
    const { start, domain = [-5, 5] } = options;
    this.#settings = { domain: [domain[0], domain[1]] };
    this.#position = startWithin(start, domain);
    this.#trial = this.#position.slice();
    this.#points = [point(this.#trial)];
    this.#random = random;
  }

  /** `[coordinates]` best point so far, the earliest of equal ones; the start before the first finite loss. */
  get position(): Float64Array {
    return this.#position;
  }

  /** Returns the points of the next step; they do not depend on the progress. */
  ask(progress: number): readonly Point[] {
    checkProgress(progress);
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

  observeStart(loss: number): void {
    if (Number.isFinite(loss)) this.#loss = loss;
  }

  /** Predicts the next points exactly: none depends on a loss. */
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
  return { position, gradient: false, perExample: false, kind: 'sample' };
}
