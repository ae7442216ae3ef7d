import type { Evaluation, StepOutcome } from './dscd/step.ts';

/**
 * What a point is for: the position of a local step or of a line search, the position that proposals are compared with, a
 * proposal of DSCD, or a sample of a distribution.
 */
export type PointKind = 'local' | 'base' | 'proposal' | 'sample';

/** A position to evaluate. */
export interface Point {
  /** `[coordinates]` position. Belongs to the optimizer: read only, and valid until `tell`. */
  readonly position: Float64Array;
  /** Requests the gradient beside the loss. */
  readonly gradient: boolean;
  /** Requests the loss on each example. */
  readonly perExample: boolean;
  /** What the point is for, in the table of a run. Changes no evaluation. @default not told */
  readonly kind?: PointKind;
}

/** The loss at a point, with the gradient and the losses per example that the point requested. */
export interface PointEvaluation extends Evaluation {
  /** `[coordinates]` gradient of the loss */
  readonly gradient?: Float64Array;
}

/**
 * The contract of every optimizer: `ask` returns the points of a step, the caller evaluates them in any order, and
 * `tell` takes the results. Evaluate all points of one step under the same noise (one mini-batch).
 *
 *     const points = optimizer.ask(progress);
 *     optimizer.tell(points.map(evaluate));
 *
 * The same seed gives the same run: only `ask` draws random numbers, and only from the optimizer's own generator.
 * Positions stay finite for every loss and gradient.
 */
export interface Optimizer {
  /** `[coordinates]` current position; the mean of a population. Read only; `tell` changes it. */
  readonly position: Float64Array;

  /** Outcome of the last step of Adam or DSCD; null before the first, and after `restore`. Others leave it out. */
  readonly outcome?: StepOutcome | null;

  /**
   * Returns the points of the next step, at least one. Returns the same points again until `tell`.
   *
   * @param progress share of the run that is done, from 0 to 1; schedules and annealing follow it
   * @throws RangeError if the progress is outside [0, 1]
   */
  ask(progress: number): readonly Point[];

  /**
   * Completes the step. Losses that are not finite rank below all others.
   *
   * @param evaluations one for each point, in the order of `ask`
   * @throws Error if no points were requested, or an evaluation lacks what its point requested
   */
  tell(evaluations: readonly PointEvaluation[]): void;

  /**
   * Takes the loss at `position` before the first `tell`. Optimizers that evaluate their start, or have no use for its
   * loss, leave the method out.
   */
  observeStart?(loss: number): void;

  /**
   * Predicts the points of the next steps, one for each step, assuming that none of them changes the position. These
   * are worth evaluating ahead of time. Starts after the pending step if there is one. Draws nothing. May return
   * fewer points; optimizers whose steps always depend on the last result leave the method out.
   *
   * @param progress progress of each of the next steps
   */
  foresee?(progress: readonly number[]): readonly Point[];

  /**
   * Copies the whole state, generator and pending step included: plain data with typed arrays. `packState` makes a value
   * of it that JSON keeps; the optimizers that `createOptimizer` returns do so themselves.
   */
  save(): object;

  /**
   * Continues exactly from a saved state, which it copies.
   *
   * @throws RangeError if the state has another number of coordinates or other options
   */
  restore(state: object): void;
}

/** A local optimizer moves all coordinates along a gradient. DSCD works beside any of them. */
export interface LocalOptimizer {
  /**
   * Moves the position in place.
   *
   * @param position `[coordinates]`
   * @param gradient `[coordinates]` gradient of the loss at the position; read only
   * @param learningRate replaces the optimizer's own in this step; schedules belong to the caller
   */
  step(position: Float64Array, gradient: Float64Array, learningRate?: number): void;
  /** Copies the whole state: plain data with typed arrays. */
  save(): object;
  /** Continues exactly from a saved state, which it copies. */
  restore(state: object): void;
}
