import { Random, type RandomState } from '../../math/random.ts';
import { checkNotNegative } from '../check-options.ts';
import type { Optimizer, Point, PointEvaluation } from '../optimizer.ts';
import { constant, type Schedule } from '../schedules.ts';
import { allFinite, checkSaved, clamp, soleEvaluation, startWithin } from '../single-point.ts';

export interface CoordinateDescentOptions {
  /** `[coordinates]` start; copied, and moved to the edge of the domain where it is outside */
  readonly start: Float64Array;
  /** `[lo, hi]` steps are cut off at it. @default [-5, 5] */
  readonly domain?: readonly [number, number];
  /** 1 / L, with L the largest curvature along any coordinate. @default 0.1 */
  readonly learningRate?: number;
  /** What the learning rate is multiplied by, at least 0. Not part of the saved state. @default constant(1) */
  readonly schedule?: Schedule;
}

interface Settings {
  readonly domain: readonly [number, number];
  readonly learningRate: number;
}

/** The step that waits for its gradient. */
interface Step {
  readonly coordinate: number;
  readonly learningRate: number;
}

/** Plain data with typed arrays. */
export interface CoordinateDescentState {
  readonly settings: Settings;
  readonly random: RandomState;
  readonly position: Float64Array;
  /** null where nothing was asked. */
  readonly step: Step | null;
}

/**
 * Stochastic coordinate descent: a coordinate drawn uniformly moves down its partial derivative,
 *
 *     x_i = x_i - learningRate df/dx_i
 *
 * This is Nesterov (2012), "Efficiency of coordinate descent methods on huge-scale optimization problems", SIAM J.
 * Optimization 22(2), 341-362: method RCDM with alpha = 0, with one L for all coordinates. Steps are cut off at the
 * domain, as in his constrained version.
 *
 * An objective here has no partial derivatives, so each step asks for the whole gradient and uses one coordinate of it:
 * counted in evaluations it is at a disadvantage that it does not have where a partial derivative is cheap. A gradient
 * that is not finite moves nothing.
 */
export class CoordinateDescent implements Optimizer {
  readonly #settings: Settings;
  readonly #schedule: Schedule;
  readonly #position: Float64Array;
  readonly #points: readonly Point[];
  #random: Random;
  #step: Step | null = null;

  /**
   * @param random draws the coordinates, and nothing else may draw from it
   * @throws RangeError where an option breaks its rule
   */
  constructor(options: CoordinateDescentOptions, random: Random) {
    const { start, domain = [-5, 5], learningRate = 0.1, schedule = constant(1) } = options;
    checkNotNegative('learningRate', learningRate);
    this.#settings = { domain: [domain[0], domain[1]], learningRate };
    this.#schedule = schedule;
    this.#position = startWithin(start, domain);
    this.#points = [{ position: this.#position, gradient: true, perExample: false }];
    this.#random = random;
  }

  get position(): Float64Array {
    return this.#position;
  }

  /** @throws RangeError where the progress is outside [0, 1], or the schedule gives no learning rate for it */
  ask(progress: number): readonly Point[] {
    if (!(progress >= 0 && progress <= 1)) throw new RangeError(`progress must be from 0 to 1, got ${progress}`);
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
