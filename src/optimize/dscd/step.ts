/** The kinds of step on alpha: along the gradient, by proposals, or (ours) both at once. */
export type StepKind = 'local' | 'global' | 'joint';

/** A candidate move of one coordinate. */
export interface Proposal {
  readonly coordinate: number;
  /** The coordinate's value before the move. */
  readonly from: number;
  /** The value proposed; always inside the domain. */
  readonly to: number;
}

/** What a step needs evaluated, all of it at or around one position and, under noise, on one mini-batch. */
export interface StepRequest {
  readonly kind: StepKind;
  /** The position; belongs to the optimizer, only to be read, and only until the step is told. */
  readonly position: Float64Array;
  /** Loss and gradient at the position. */
  readonly gradient: boolean;
  /**
   * Loss at the position without its gradient: what paired acceptance compares with. A joint step asks for both
   * where it needs per-example losses, which the gradient's evaluation does not give; one answer serves both.
   */
  readonly base: boolean;
  /** Losses with one coordinate moved, each from the same position. */
  readonly proposals: readonly Proposal[];
  /** Whether `base` and proposals want their losses for each example too: the margin of paired acceptance needs them. */
  readonly perExample: boolean;
  /** rho of the proposals; null for a local step. */
  readonly concentration: number | null;
}

/** A loss, and where asked for its value on each example of the mini-batch (whose mean it is, up to a constant). */
export interface Evaluation {
  readonly loss: number;
  readonly perExample?: ArrayLike<number>;
}

/** The answer to a request: exactly what it asked for. */
export interface StepAnswer {
  /** Present where `gradient` was asked. */
  readonly gradient?: Float64Array;
  /** Present where `gradient` or `base` was asked: the evaluation at the position. */
  readonly base?: Evaluation;
  /** One a proposal, in the request's order. */
  readonly proposals: readonly Evaluation[];
}

/** What became of a step. */
export interface StepOutcome {
  readonly kind: StepKind;
  /**
   * The step's loss: of the proposal taken, if one was. Otherwise at the position for a local step and under paired
   * acceptance, and of the best proposal under the acceptance window.
   */
  readonly loss: number;
  /** Index of the accepted proposal, or null. */
  readonly accepted: number | null;
  /** Loss a proposal had to beat: the best of the window, or the base's on the same mini-batch. Infinity if none. */
  readonly threshold: number;
  /** Whether a rejected global step moved back to the best position of the window. */
  readonly returned: boolean;
}
