import type { Optimizer, Point } from '../optimizer.ts';
import type { Evaluator, Seen } from './objective.ts';

interface Foreseen {
  readonly point: Point;
  readonly seen: Seen;
}

/**
 * Evaluates, along with a step of a single point, the points that the optimizer foresees for the next steps. When the
 * optimizer asks for a foreseen point, its result is ready. A step that asks for any other point discards all results.
 * Speculation changes how often the objective is called, and no bit of the run.
 */
export class Speculation {
  readonly #optimizer: Optimizer;
  readonly #evaluator: Evaluator;
  readonly #ahead: number;
  /** Results in the order of the foreseen steps; the first belongs to the next step. */
  #foreseen: Foreseen[] = [];
  #discarded = 0;

  /** @param ahead largest number of steps evaluated ahead */
  constructor(optimizer: Optimizer, evaluator: Evaluator, ahead: number) {
    this.#optimizer = optimizer;
    this.#evaluator = evaluator;
    this.#ahead = ahead;
  }

  /** Number of evaluations discarded so far. */
  get discarded(): number {
    return this.#discarded;
  }

  /**
   * Evaluates a step like `Evaluator.evaluateAll`, or returns its foreseen result.
   *
   * @param left evaluations left in the budget, including those of this step
   * @param progressAfter returns the progress after a number of evaluations from now
   */
  evaluate(
    points: readonly Point[],
    step: number,
    left: number,
    progressAfter: (evaluations: number) => number,
  ): Seen[] | Promise<Seen[]> {
    if (points.length !== 1) {
      this.discard();
      return this.#evaluator.evaluateAll(points, step);
    }
    const [next] = this.#foreseen;
    if (next !== undefined && isSameRequest(next.point, points[0] as Point)) {
      this.#foreseen.shift();
      return [next.seen];
    }
    this.discard();
    const steps = Math.max(0, Math.min(this.#ahead, left - 1));
    const progress = Array.from({ length: steps }, (_, i) => progressAfter(i + 1));
    const ahead = (this.#optimizer.foresee?.(progress) ?? []).map((p) => ({ ...p, position: p.position.slice() }));
    const seen = this.#evaluator.evaluateAll(points, step, ahead);
    return seen instanceof Promise ? seen.then((all) => this.#keep(ahead, all)) : this.#keep(ahead, seen);
  }

  /** Discards results that were evaluated ahead and not asked for. */
  discard(): void {
    this.#discarded += this.#foreseen.length;
    this.#foreseen = [];
  }

  #keep(ahead: readonly Point[], seen: Seen[]): Seen[] {
    for (const [i, point] of ahead.entries()) {
      const one = seen[1 + i];
      if (one !== undefined) this.#foreseen.push({ point, seen: one });
    }
    return seen.slice(0, 1);
  }
}

/** Whether two points make the same request, to the bit. */
export function isSameRequest(a: Point, b: Point): boolean {
  if (a.gradient !== b.gradient || a.perExample !== b.perExample) return false;
  return a.position.every((x, i) => Object.is(x, b.position[i]));
}
