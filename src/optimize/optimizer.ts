import type { Evaluation } from './dscd/step.ts';

/** A position to be evaluated. */
export interface Point {
  /** `[coordinates]`; belongs to the optimizer, only to be read, and only until the step is told. */
  readonly position: Float64Array;
  /** Whether the gradient is wanted beside the loss. */
  readonly gradient: boolean;
  /** Whether the loss on each example is wanted too. */
  readonly perExample: boolean;
}

/** What was seen at a point: the loss, and exactly what else was asked for. */
export interface PointEvaluation extends Evaluation {
  /** `[coordinates]` */
  readonly gradient?: Float64Array;
}

/**
 * The contract of every optimizer here: `ask` what to evaluate, evaluate it in any order or all at once, `tell` what
 * was seen. All points of one step are to be seen under the same noise (one mini-batch).
 *
 * Nothing but `ask` draws random numbers, and all of them from the generator that the optimizer was given; so the same
 * seed gives the same run. Positions stay finite, whatever losses and gradients are told.
 */
export interface Optimizer {
  /** `[coordinates]` where it stands: of a population its mean. Only to be read, and changed by the next `tell`. */
  readonly position: Float64Array;

  /**
   * The points of the next step, at least one. Asked again before it is told, it gives the same ones.
   *
   * @param progress from 0 at the start of the run to 1 at its end: what schedules and annealing follow
   * @throws RangeError where the progress is outside [0, 1]
   */
  ask(progress: number): readonly Point[];

  /**
   * Takes the step that was asked for. Losses that are not finite count as worse than all others.
   *
   * @param evaluations one a point, in the order asked
   * @throws Error where nothing was asked, or the evaluations lack what was
   */
  tell(evaluations: readonly PointEvaluation[]): void;

  /**
   * The points that the next steps would ask for (those after the step that waits for its answer, where one does), one
   * step each, should none of them change where it stands: what is worth evaluating ahead of time. Draws nothing. May be shorter than asked for, or left out, where a step always
   * depends on what the last one saw.
   *
   * @param progress of each of the next steps
   */
  foresee?(progress: readonly number[]): readonly Point[];

  /** Everything it needs to go on exactly, at any time, generator and unanswered request included: plain data with typed arrays, sharing nothing. */
  save(): object;

  /**
   * Goes on exactly where the saved one was. Keeps nothing of `state`.
   *
   * @throws RangeError where the state is of another number of coordinates or of other options
   */
  restore(state: object): void;
}
