/** The kinds of step: along the gradient, by proposals, or (ours) both at once. */
export type StepKind = 'local' | 'global' | 'joint';

/** A proposal: a candidate move of one coordinate. */
export interface Proposal {
  readonly coordinate: number;
  /** Value before the move. */
  readonly from: number;
  /** Proposed value, inside the domain. */
  readonly to: number;
}

/** The evaluations that a step needs, all around one position and, under noise, on one mini-batch. */
export interface StepRequest {
  readonly kind: StepKind;
  /** `[coordinates]` position. Belongs to the optimizer: read only, and valid until `tell`. */
  readonly position: Float64Array;
  /** Requests loss and gradient at the position. */
  readonly gradient: boolean;
  /**
   * Requests the loss at the position without its gradient; paired acceptance compares with it. A joint step compares
   * with the loss that comes with the gradient.
   */
  readonly base: boolean;
  /** Requests a loss for each proposal, made from the same position. */
  readonly proposals: readonly Proposal[];
  /** Requests the loss on each example, at the position and of proposals; the margin of paired acceptance needs it. */
  readonly perExample: boolean;
  /** rho, the concentration that the annealing has reached; null for a local step. Discrete proposals do not use it. */
  readonly concentration: number | null;
}

/** The result of an evaluation. */
export interface Evaluation {
  readonly loss: number;
  /** `[examples]` loss on each example of the mini-batch, if requested. Its mean is the loss, up to a constant. */
  readonly perExample?: ArrayLike<number>;
}

/** The answer to a request. */
export interface StepAnswer {
  /** `[coordinates]` gradient at the position; present if the request has `gradient`. */
  readonly gradient?: Float64Array;
  /** Evaluation at the position; present if the request has `gradient` or `base`. */
  readonly base?: Evaluation;
  /** One evaluation for each proposal, in the order of the request. */
  readonly proposals: readonly Evaluation[];
}

/** The outcome of a step. */
export interface StepOutcome {
  readonly kind: StepKind;
  /**
   * Loss of the step: that of the accepted proposal, if there is one. Otherwise the loss at the position for a local
   * step and under paired acceptance, and the best proposal's loss under `window` and `never`.
   */
  readonly loss: number;
  /** Index of the accepted proposal; null if none was accepted. */
  readonly accepted: number | null;
  /**
   * Loss that a proposal had to beat: the best of the window, or the base's on the same mini-batch; else Infinity. Under
   * `never` the best of the window too, although beating it is of no use.
   */
  readonly threshold: number;
  /** Whether a rejected global step returned to the best position of the window. */
  readonly returned: boolean;
}
