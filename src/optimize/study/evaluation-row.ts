import type { StepOutcome } from '../dscd/step.ts';
import type { Point, PointEvaluation, PointKind } from '../optimizer.ts';
import type { Confine } from '../range/space-map.ts';

/** One evaluation of a run: a row of its table. `JSON.stringify` makes a line of it. */
export interface EvaluationRow {
  /** Number of the evaluation, from 0. */
  readonly number: number;
  /** Number of the step, from 0. */
  readonly step: number;
  /**
   * What the point was for: `start` is a given start evaluated beside the first step, `final` the position at the end,
   * and `point` one of an optimizer that does not say.
   */
  readonly kind: PointKind | 'start' | 'final' | 'point';
  /** `[coordinates]` values in the ranges that were given */
  readonly position: readonly number[];
  /** Loss; in a line null if it is not finite. */
  readonly loss: number;
  /** Whether the step accepted the proposal; null for other kinds. */
  readonly accepted: boolean | null;
  /** Smallest finite loss so far, this one included; in a line null if there is none. */
  readonly best: number;
  /** When the step ended, in ISO 8601; only if it was asked for. */
  readonly time?: string;
}

/** A step of a run that has ended. */
export interface EndedStep {
  readonly step: number;
  /** Number of the first evaluation. */
  readonly first: number;
  /** Points as `copyPoints` copied them before `tell`. */
  readonly points: readonly Point[];
  readonly evaluations: readonly PointEvaluation[];
  /** Kind of the last point, if it is none of the optimizer's. */
  readonly lastKind: 'start' | 'final' | null;
  readonly outcome: StepOutcome | null;
  /** Smallest finite loss before the step. */
  readonly best: number;
}

/** Copies points, which `tell` may move, to where they are evaluated: within the bounds. */
export function copyPoints(points: readonly Point[], confine: Confine): Point[] {
  return points.map((point) => {
    const position = new Float64Array(point.position.length);
    confine(point.position, position);
    return { ...point, position };
  });
}

/**
 * Makes the rows of a step.
 *
 * @param withTime whether the rows tell the time, which is not reproducible
 */
export function toRows(ended: EndedStep, withTime: boolean): EvaluationRow[] {
  const { step, first, points, evaluations, lastKind, outcome } = ended;
  let { best } = ended;
  let proposals = 0;
  const time = withTime ? { time: new Date().toISOString() } : {};
  return points.map((point, i) => {
    const { loss } = evaluations[i] as PointEvaluation;
    if (Number.isFinite(loss) && loss < best) best = loss;
    const kind = (i === points.length - 1 ? lastKind : null) ?? point.kind ?? 'point';
    const accepted = kind === 'proposal' ? outcome?.accepted === proposals++ : null;
    return { number: first + i, step, kind, position: Array.from(point.position), loss, accepted, best, ...time };
  });
}
