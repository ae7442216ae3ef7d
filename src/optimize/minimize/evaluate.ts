import type { Point, PointEvaluation } from '../optimizer.ts';
import type { Objective } from './objective.ts';

/** An evaluation that gave no number: where, and why. */
export class Failure {
  /** `[coordinates]` */
  readonly position: Float64Array;
  readonly cause: unknown;

  constructor(position: Float64Array, cause: unknown) {
    this.position = position;
    this.cause = cause;
  }
}

/** What became of a point; nothing where it was not evaluated, because another one failed. */
export type Seen = PointEvaluation | Failure | undefined;

const NO_POINTS: readonly Point[] = [];

/**
 * Evaluates points by an objective, each at the edge of the bounds where it lies outside of them. An objective that
 * answers at once is waited for by nobody; of one that answers by promises, at most so many are under way at once.
 */
export class Evaluator {
  readonly #objective: Objective;
  readonly #bounds: readonly [number, number];
  readonly #concurrency: number;
  /** Handed to the objective, and overwritten once it has answered. */
  #x: Float64Array;
  #stopped = false;

  /** @param concurrency evaluations under way at once, at most */
  constructor(objective: Objective, coordinates: number, bounds: readonly [number, number], concurrency: number) {
    this.#objective = objective;
    this.#bounds = bounds;
    this.#concurrency = concurrency;
    this.#x = new Float64Array(coordinates);
  }

  /**
   * Evaluates the points of a step, and behind them one point of each of the next steps. After a failure none is
   * begun; the first failure in order is the same for every concurrency.
   *
   * @returns one for each of `points`, then of `ahead`; a promise only where the objective gave one, which never
   *   rejects because of the objective
   * @throws RangeError where a gradient or losses per example are wanted that the objective does not have
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

  /** Begins no evaluation any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Goes on where the objective gave the first promise, in as many lanes as may be under way at once. */
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
    cutOff(point.position, this.#bounds, x);
    let loss: unknown;
    let gradient: unknown;
    let perExample: unknown;
    try {
      loss = objective.value(x, step);
      if (point.gradient) gradient = objective.gradient?.(x, step);
      if (point.perExample) perExample = objective.perExample?.(x, step);
    } catch (cause) {
      // What was begun may fail as well, and is nobody's any more.
      void Promise.allSettled([loss, gradient]);
      this.#x = new Float64Array(x.length);
      return new Failure(x, cause);
    }
    if (isPromise(loss) || isPromise(gradient) || isPromise(perExample)) {
      this.#x = new Float64Array(x.length); // the objective may read the other one for as long as it takes
      return settle(x, point, loss, gradient, perExample);
    }
    return check(x, point, loss, gradient, perExample);
  }
}

/** Copies a position, cut off at the bounds. */
export function cutOff(position: Float64Array, bounds: readonly [number, number], target: Float64Array): void {
  const low = bounds[0];
  const high = bounds[1];
  target.set(position);
  // Most positions are inside, and this is the cheapest way to see it.
  let smallest = low;
  let largest = high;
  for (let i = 0; i < position.length; i++) {
    const x = position[i] as number;
    if (x < smallest) smallest = x;
    if (x > largest) largest = x;
  }
  if (smallest === low && largest === high) return;
  for (let i = 0; i < position.length; i++) target[i] = Math.min(high, Math.max(low, position[i] as number));
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as Promise<unknown>).then === 'function';
}

/** Waits for all parts of an answer, and never rejects. */
async function settle(x: Float64Array, point: Point, ...parts: readonly unknown[]): Promise<PointEvaluation | Failure> {
  try {
    const [loss, gradient, perExample] = await Promise.all(parts);
    return check(x, point, loss, gradient, perExample);
  } catch (cause) {
    return new Failure(x, cause);
  }
}

/** The evaluation, or why the objective's answer is none. */
function check(
  x: Float64Array,
  point: Point,
  loss: unknown,
  gradient: unknown,
  perExample: unknown,
): PointEvaluation | Failure {
  if (typeof loss !== 'number') return new Failure(x.slice(), new TypeError(`the loss must be a number, got ${loss}`));
  if (!point.gradient && !point.perExample) return { loss };
  if (point.gradient && lengthOf(gradient) !== x.length) {
    const rule = `the gradient must have ${x.length} coordinates, got ${lengthOf(gradient)}`;
    return new Failure(x.slice(), new RangeError(rule));
  }
  if (point.perExample && !(lengthOf(perExample) > 0)) {
    return new Failure(x.slice(), new RangeError(`perExample must give a loss for each example, got ${perExample}`));
  }
  return {
    loss,
    ...(point.gradient ? { gradient: gradient as Float64Array } : {}),
    ...(point.perExample ? { perExample: perExample as ArrayLike<number> } : {}),
  };
}

function lengthOf(values: unknown): number {
  return (values as ArrayLike<number> | undefined)?.length ?? 0;
}
