import type { Optimizer, Point } from '../optimizer.ts';
import type { Evaluator, Seen } from './evaluate.ts';

interface Foreseen {
  readonly point: Point;
  readonly seen: Seen;
}

/**
 * Evaluates, beside a step of a single point, the points that the optimizer foresees for the steps after it, and hands
 * out what was seen once they are asked for. A step that asks for anything else throws away all of it. So the run is
 * the one without speculation, bit for bit: only how often the objective is called differs.
 */
export class Speculation {
  readonly #optimizer: Optimizer;
  readonly #evaluator: Evaluator;
  readonly #ahead: number;
  /** In the order of the steps that they were foreseen for; the first is the next step's. */
  #foreseen: Foreseen[] = [];
  #discarded = 0;

  /** @param ahead steps evaluated ahead, at most */
  constructor(optimizer: Optimizer, evaluator: Evaluator, ahead: number) {
    this.#optimizer = optimizer;
    this.#evaluator = evaluator;
    this.#ahead = ahead;
  }

  /** Evaluations thrown away so far. */
  get discarded(): number {
    return this.#discarded;
  }

  /**
   * The evaluations of a step, as `Evaluator.evaluateAll`, out of those foreseen where they are.
   *
   * @param left evaluations that the budget allows, those of this step included
   * @param progressAfter progress after so many evaluations from now
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
    if (next !== undefined && isSame(next.point, points[0] as Point)) {
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

  /** Throws away what was evaluated ahead and not asked for. */
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

/** Whether two points ask for the same, to the bit. */
function isSame(a: Point, b: Point): boolean {
  if (a.gradient !== b.gradient || a.perExample !== b.perExample) return false;
  return a.position.every((x, i) => Object.is(x, b.position[i]));
}
