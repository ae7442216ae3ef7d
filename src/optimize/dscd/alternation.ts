import { checkPositiveInteger } from '../checks.ts';
import type { StepKind } from './step.ts';

/** Rule for changing from one kind of step to the other. */
export interface AlternationOptions {
  /** N: least number of consecutive steps of one kind. */
  readonly minSteps: number;
  /** Change after N steps: `stalled` when the loss has not improved (the paper), `count` at once (ours). */
  readonly switch: 'stalled' | 'count';
}

/** The state of Algorithm 1: plain data that survives JSON. */
export interface AlternationState {
  /** Kind of the next step. */
  readonly kind: Exclude<StepKind, 'joint'>;
  /** Number of consecutive steps of this kind. */
  readonly consecutive: number;
  /** Loss of the last step; null before the first step, or if the loss was not finite. */
  readonly lastLoss: number | null;
}

/** Returns the state before the first step: the paper's Algorithm 1 starts with local steps. */
export function startAlternation(): AlternationState {
  return { kind: 'local', consecutive: 0, lastLoss: null };
}

/**
 * Advances the paper's Algorithm 1 by a step. The kind changes after at least N consecutive steps, once the loss did
 * not fall strictly from the last step to this one. A loss that is not finite is no improvement; a finite loss improves
 * on it, and on a missing one.
 *
 * @param loss loss of the step just taken
 * @throws RangeError if N is not a positive integer
 */
export function advance(state: AlternationState, loss: number, options: AlternationOptions): AlternationState {
  const { minSteps } = options;
  checkPositiveInteger('minSteps', minSteps);
  const finite = Number.isFinite(loss);
  const improved = finite && (state.lastLoss === null || loss < state.lastLoss);
  const consecutive = state.consecutive + 1;
  const lastLoss = finite ? loss : null;
  if (consecutive < minSteps || (options.switch === 'stalled' && improved)) {
    return { kind: state.kind, consecutive, lastLoss };
  }
  return { kind: state.kind === 'local' ? 'global' : 'local', consecutive: 0, lastLoss };
}
