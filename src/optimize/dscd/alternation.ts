import type { StepKind } from './step.ts';

/** When to change from one kind of step to the other. */
export interface AlternationOptions {
  /** N: least number of consecutive steps of one kind. */
  readonly minSteps: number;
  /** After N steps: `stalled` changes when the loss did not improve (the paper), `count` at once (ours). */
  readonly switch: 'stalled' | 'count';
}

/** Where Algorithm 1 stands. Plain data: survives JSON. */
export interface AlternationState {
  /** Kind of the next step. */
  readonly kind: Exclude<StepKind, 'joint'>;
  /** Steps of this kind taken in a row. */
  readonly consecutive: number;
  /** Loss of the last step; null before the first, and where it was not finite. */
  readonly lastLoss: number | null;
}

/** The paper's Algorithm 1 starts with local steps. */
export function startAlternation(): AlternationState {
  return { kind: 'local', consecutive: 0, lastLoss: null };
}

/**
 * Algorithm 1 of the paper after a step: the kind changes once at least N consecutive steps of it were taken and the
 * loss did not improve (fall strictly) from the last step to this one. A loss that is not finite is no improvement;
 * a finite one improves on it, and on nothing.
 *
 * @param loss of the step just taken
 * @throws RangeError where N is not a positive integer
 */
export function advance(state: AlternationState, loss: number, options: AlternationOptions): AlternationState {
  const { minSteps } = options;
  if (!Number.isInteger(minSteps) || minSteps < 1) {
    throw new RangeError(`minSteps must be a positive integer, got ${minSteps}`);
  }
  const finite = Number.isFinite(loss);
  const improved = finite && (state.lastLoss === null || loss < state.lastLoss);
  const consecutive = state.consecutive + 1;
  const lastLoss = finite ? loss : null;
  if (consecutive < minSteps || (options.switch === 'stalled' && improved)) {
    return { kind: state.kind, consecutive, lastLoss };
  }
  return { kind: state.kind === 'local' ? 'global' : 'local', consecutive: 0, lastLoss };
}
