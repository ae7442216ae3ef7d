import { sayValue } from '../../math/say-value.ts';
import type { Point, PointEvaluation } from '../optimizer.ts';
import type { Confine } from '../range/space-map.ts';

/**
 * A function to minimize, which answers directly or by promises. All points of one step of an optimizer come with the
 * same `step`. A noisy objective draws its mini-batch from `step` and so is a pure function of both arguments.
 *
 * `x` is read only and valid until the objective answers: copy what you keep.
 */
export interface Objective {
  /** The loss at `[coordinates]`. */
  value(x: Float64Array, step: number): number | Promise<number>;
  /** The gradient of the loss: a new array of `[coordinates]`. DSCD alone and the samplers need none. */
  gradient?(x: Float64Array, step: number): ArrayLike<number> | Promise<ArrayLike<number>>;
  /** The loss on each example of the mini-batch. Its mean is the loss, up to a constant. A margin needs it. */
  perExample?(x: Float64Array, step: number): ArrayLike<number> | Promise<ArrayLike<number>>;
}

/** A failed evaluation: where, and why. */
export class Failure {
  /** `[coordinates]` evaluated position */
  readonly position: Float64Array;
  readonly cause: unknown;

  constructor(position: Float64Array, cause: unknown) {
    this.position = position;
    this.cause = cause;
  }
}

/** The result for a point; undefined if a failure elsewhere prevented its evaluation. */
export type Seen = PointEvaluation | Failure | undefined;

const NO_POINTS: readonly Point[] = [];

/**
 * Evaluates points by an objective, with coordinates outside the bounds moved to their edge. Synchronous objectives
 * are evaluated without awaiting; of asynchronous ones, at most `concurrency` evaluations are pending at once.
 */
export class Evaluator {
  readonly #objective: Objective;
  readonly #confine: Confine;
  readonly #concurrency: number;
  /** Argument of the objective; reused after a synchronous answer. */
  #x: Float64Array;
  #stopped = false;

  /** @param concurrency largest number of pending evaluations */
  constructor(objective: Objective, coordinates: number, confine: Confine, concurrency: number) {
    this.#objective = objective;
    this.#confine = confine;
    this.#concurrency = concurrency;
    this.#x = new Float64Array(coordinates);
  }

  /**
   * Evaluates the points of a step, then one point for each of the next steps. A failure prevents all evaluations that
   * have not begun. The first failure in order is the same for every concurrency.
   *
   * @returns results of `points`, then of `ahead`; a promise only if the objective returned one. The promise does not
   *   reject if the objective fails.
   * @throws RangeError if the objective lacks a gradient or losses per example that a point requests
   */
  evaluateAll(points: readonly Point[], step: number, ahead = NO_POINTS): Seen[] | Promise<Seen[]> {
    const seen: Seen[] = [];
    const count = points.length + ahead.length;
    for (let i = 0; i < count; i++) {
      const one = this.#evaluateAt(i, points, step, ahead);
      if (one instanceof Promise) return this.#evaluateRest(seen, one, points, step, ahead);
      seen.push(one);
      if (one instanceof Failure) break;
    }
    return seen;
  }

  /** Prevents all evaluations that have not begun. */
  stop(): void {
    this.#stopped = true;
  }

  /** Continues from the first promise, in as many lanes as the concurrency allows. */
  async #evaluateRest(
    seen: Seen[],
    first: Promise<PointEvaluation | Failure>,
    points: readonly Point[],
    step: number,
    ahead: readonly Point[],
  ): Promise<Seen[]> {
    const count = points.length + ahead.length;
    let next = seen.length;
    let failed = false;
    const runLane = async (begun?: Promise<PointEvaluation | Failure>): Promise<void> => {
      for (let pending = begun; next < count && !failed && !this.#stopped; pending = undefined) {
        const i = next++;
        const one = await (pending ?? this.#evaluateAt(i, points, step, ahead));
        seen[i] = one;
        if (one instanceof Failure) failed = true;
      }
    };
    const lanes = [runLane(first)];
    while (lanes.length < Math.min(this.#concurrency, count)) lanes.push(runLane());
    await Promise.all(lanes);
    return seen;
  }

  #evaluateAt(
    i: number,
    points: readonly Point[],
    step: number,
    ahead: readonly Point[],
  ): PointEvaluation | Failure | Promise<PointEvaluation | Failure> {
    const own = points.length;
    return i < own
      ? this.#evaluate(points[i] as Point, step)
      : this.#evaluate(ahead[i - own] as Point, step + 1 + i - own);
  }

  #evaluate(point: Point, step: number): PointEvaluation | Failure | Promise<PointEvaluation | Failure> {
    const objective = this.#objective;
    if (point.gradient && objective.gradient === undefined) {
      throw new RangeError('the optimizer needs an objective with a gradient, got one without');
    }
    if (point.perExample && objective.perExample === undefined) {
      throw new RangeError('the optimizer needs an objective with perExample, got one without');
    }
    const x = this.#x;
    this.#confine(point.position, x);
    let loss: unknown;
    let gradient: unknown;
    let perExample: unknown;
    try {
      loss = objective.value(x, step);
      if (point.gradient) gradient = objective.gradient?.(x, step);
      if (point.perExample) perExample = objective.perExample?.(x, step);
      if (isPromise(loss) || isPromise(gradient) || isPromise(perExample)) {
        this.#x = new Float64Array(x.length); // the objective may read the old array until it answers
        return settle(x, point, loss, gradient, perExample);
      }
    } catch (cause) {
      // Parts already begun may reject too; their results are not needed.
      void Promise.allSettled([loss, gradient]);
      this.#x = new Float64Array(x.length);
      return new Failure(x, cause);
    }
    return check(x, point, loss, gradient, perExample);
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as Promise<unknown>).then === 'function';
}

/** Awaits all parts of an answer. Never rejects. */
async function settle(x: Float64Array, point: Point, ...parts: readonly unknown[]): Promise<PointEvaluation | Failure> {
  try {
    const [loss, gradient, perExample] = await Promise.all(parts);
    return check(x, point, loss, gradient, perExample);
  } catch (cause) {
    return new Failure(x, cause);
  }
}

/** Turns the objective's answer into an evaluation, or into a failure if it is not one. */
function check(
  x: Float64Array,
  point: Point,
  loss: unknown,
  gradient: unknown,
  perExample: unknown,
): PointEvaluation | Failure {
  const refuse = (rule: string, value: unknown): Failure =>
    new Failure(x.slice(), new TypeError(`${rule}, got ${sayValue(value)}`));
  if (typeof loss !== 'number') return refuse('the loss must be a number', loss);
  if (!point.gradient && !point.perExample) return { loss };
  if (point.gradient) {
    if (!isNumbers(gradient)) return refuse('the gradient must be an array of numbers', gradient);
    if (gradient.length !== x.length) return refuse(`the gradient must have ${x.length} coordinates`, gradient.length);
  }
  if (point.perExample && !(isNumbers(perExample) && perExample.length > 0)) {
    return refuse('perExample must be an array of numbers, the loss on each example', perExample);
  }
  return {
    loss,
    ...(point.gradient ? { gradient: toFloat64Array(gradient as ArrayLike<number>) } : {}),
    ...(point.perExample ? { perExample: perExample as ArrayLike<number> } : {}),
  };
}

function isNumbers(values: unknown): values is ArrayLike<number> {
  if (values instanceof Float64Array) return true;
  if (typeof values !== 'object' || values === null) return false;
  const { length } = values as ArrayLike<unknown>;
  if (!Number.isSafeInteger(length)) return false;
  for (let i = 0; i < length; i++) if (typeof (values as ArrayLike<unknown>)[i] !== 'number') return false;
  return true;
}

/** A value, or the message of an error, as text in a sentence. */
export function sayFailure(value: unknown): string {
  return value instanceof Error ? String(value.message) : sayValue(value);
}

function toFloat64Array(values: ArrayLike<number>): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values);
}
