import { Random, type RandomState } from '../../math/random.ts';
import {
  allFinite,
  checkNotNegative,
  checkProgress,
  checkSaved,
  clamp,
  soleEvaluation,
  startWithin,
} from '../checks.ts';
import type { Optimizer, Point, PointEvaluation } from '../optimizer.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';
import { constant, type Schedule } from '../schedules.ts';

export interface CoordinateDescentOptions {
  /** `[coordinates]` start; copied, and moved to the edge of the domain if outside */
  readonly start: ArrayLike<number>;
  /** `[lo, hi]` domain of every coordinate; steps end at its edge. @default [-5, 5] */
  readonly domain?: readonly [number, number];
  /** Learning rate: ideally 1 / L, with L the largest curvature along any coordinate. @default 0.1 */
  readonly learningRate?: number;
  /** Factor of the learning rate, at least 0. Not part of the saved state. @default constant(1) */
  readonly schedule?: Schedule;
}

const NAMES: OptionNames<CoordinateDescentOptions> = { start: true, domain: true, learningRate: true, schedule: true };

interface Settings {
  readonly domain: readonly [number, number];
  readonly learningRate: number;
}

/** A pending step. */
interface Step {
  readonly coordinate: number;
  readonly learningRate: number;
}

/** The whole state: plain data with typed arrays. */
export interface CoordinateDescentState {
  readonly settings: Settings;
  readonly random: RandomState;
  readonly position: Float64Array;
  /** Pending step; null if there is none. */
  readonly step: Step | null;
}

/**
 * Stochastic coordinate descent (Nesterov 2012, "Efficiency of coordinate descent methods on huge-scale optimization
 * problems", SIAM J. Optimization 22(2), 341-362: method RCDM with alpha = 0 and one L for all coordinates). Each step
 * draws a coordinate uniformly and moves it down its partial derivative:
 *
 *     x_i = x_i - learningRate df/dx_i
 *
 * Steps end at the edge of the domain, as in Nesterov's constrained version.
 *
 * Objectives give no partial derivatives, so each step requests the whole gradient and uses one coordinate of it. A
 * comparison by evaluations therefore underrates the method if partial derivatives are cheap. A gradient that is not
 * finite moves no coordinate.
 */
export class CoordinateDescent implements Optimizer {
  readonly #settings: Settings;
  readonly #schedule: Schedule;
  readonly #position: Float64Array;
  readonly #points: readonly Point[];
  #random: Random;
  #step: Step | null = null;

  /**
   * @param random source of the coordinates; no other code may draw from it
   * @throws RangeError if an option breaks its rule
   */
  constructor(options: CoordinateDescentOptions, random: Random) {
    checkOptionNames('coordinate descent', options, NAMES);
    const { start, domain = [-5, 5], learningRate = 0.1, schedule = constant(1) } = options;
    checkNotNegative('learningRate', learningRate);
    this.#settings = { domain: [domain[0], domain[1]], learningRate };
    this.#schedule = schedule;
    this.#position = startWithin(start, domain);
    this.#points = [{ position: this.#position, gradient: true, perExample: false, kind: 'local' }];
    this.#random = random;
  }

  get position(): Float64Array {
    return this.#position;
  }

  /** @throws RangeError if the progress is outside [0, 1], or the scheduled learning rate is negative or not finite */
  ask(progress: number): readonly Point[] {
    checkProgress(progress);
    if (this.#step === null) {
      const learningRate = this.#settings.learningRate * this.#schedule(progress);
      checkNotNegative(`the scheduled learningRate at progress ${progress}`, learningRate);
      this.#step = { coordinate: this.#random.integer(this.#position.length), learningRate };
    }
    return this.#points;
  }

  tell(evaluations: readonly PointEvaluation[]): void {
    const { gradient } = soleEvaluation(this.#step !== null, evaluations, this.#position.length);
    const { coordinate, learningRate } = this.#step as Step;
    this.#step = null;
    if (!allFinite(gradient)) return;
    const moved = (this.#position[coordinate] as number) - learningRate * (gradient[coordinate] as number);
    this.#position[coordinate] = clamp(moved, this.#settings.domain);
  }

  save(): CoordinateDescentState {
    return {
      settings: { ...this.#settings },
      random: this.#random.save(),
      position: this.#position.slice(),
      step: this.#step && { ...this.#step },
    };
  }

  restore(state: object): void {
    const saved = state as CoordinateDescentState;
    checkSaved(saved, this.#position, this.#settings);
    this.#random = Random.restore(saved.random);
    this.#position.set(saved.position);
    this.#step = saved.step && { ...saved.step };
  }
}
