import type { StepOutcome } from '../dscd/step.ts';
import type { Optimizer, Point, PointEvaluation } from '../optimizer.ts';
import type { ResolvedRange } from './range.ts';
import { SpaceMap } from './space-map.ts';

/** The whole state: plain data with typed arrays. */
interface RangedState {
  readonly ranges: readonly ResolvedRange[];
  /** `[coordinates]` start, around which open ranges are fine */
  readonly start: Float64Array;
  /** State of the optimizer inside, in its own form. */
  readonly inside: object;
}

/**
 * An optimizer on ranges: runs another one inside, on [-5, 5] for every coordinate, and maps its points and gradients.
 * So learning rates, step sizes and tolerances mean the same on every range.
 */
export class RangedOptimizer implements Optimizer {
  readonly #inside: Optimizer;
  #map: SpaceMap;
  readonly #position: Float64Array;
  /** Points inside that were mapped last; null if none are pending. */
  #asked: readonly Point[] | null = null;
  #points: readonly Point[] = [];
  /** Position arrays of the points, for reuse. */
  readonly #buffers: Float64Array[] = [];

  /** @param inside optimizer on [-5, 5], which starts at `map.inside` */
  constructor(inside: Optimizer, map: SpaceMap) {
    this.#inside = inside;
    this.#map = map;
    this.#position = map.start.slice();
  }

  get position(): Float64Array {
    return this.#position;
  }

  get outcome(): StepOutcome | null {
    return this.#inside.outcome ?? null;
  }

  ask(progress: number): readonly Point[] {
    const points = this.#inside.ask(progress);
    if (this.#asked === points) return this.#points;
    this.#asked = points;
    this.#points = points.map((point, i) => {
      this.#buffers[i] ??= new Float64Array(this.#position.length);
      return this.#toOutside(point, this.#buffers[i] as Float64Array);
    });
    return this.#points;
  }

  tell(evaluations: readonly PointEvaluation[]): void {
    const points = this.#asked ?? [];
    const inside = evaluations.map((evaluation, i) => {
      const { gradient } = evaluation;
      const at = points[i]?.position;
      if (gradient === undefined || at === undefined || gradient.length !== at.length) return evaluation;
      const target = new Float64Array(at.length);
      this.#map.gradientInside(at, gradient, target);
      return { ...evaluation, gradient: target };
    });
    this.#inside.tell(inside);
    this.#asked = null;
    this.#map.toOutside(this.#inside.position, this.#position);
  }

  observeStart(loss: number): void {
    this.#inside.observeStart?.(loss);
  }

  foresee(progress: readonly number[]): readonly Point[] {
    const points = this.#inside.foresee?.(progress) ?? [];
    return points.map((point) => this.#toOutside(point, new Float64Array(this.#position.length)));
  }

  save(): RangedState {
    return { ranges: this.#map.ranges, start: this.#map.start.slice(), inside: this.#inside.save() };
  }

  restore(state: object): void {
    const { ranges, start, inside } = state as RangedState;
    const own = JSON.stringify(this.#map.ranges);
    if (JSON.stringify(ranges) !== own) {
      throw new RangeError(`the saved bounds must be ${own}, got ${JSON.stringify(ranges)}`);
    }
    this.#inside.restore(inside);
    this.#map = new SpaceMap(this.#map.ranges, start);
    this.#asked = null;
    this.#map.toOutside(this.#inside.position, this.#position);
  }

  #toOutside(point: Point, target: Float64Array): Point {
    this.#map.toOutside(point.position, target);
    return { ...point, position: target };
  }
}
