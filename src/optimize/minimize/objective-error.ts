import type { MinimizeState } from './minimize-options.ts';

/** An objective that threw, rejected, or gave what is no evaluation: the run has ended, and can go on from `state`. */
export class ObjectiveError extends Error {
  override readonly name = 'ObjectiveError';
  /** `[coordinates]` where it was evaluated. */
  readonly position: Float64Array;
  /** To resume from: evaluates the step that failed once more. */
  readonly state: MinimizeState;

  /** @param cause what the objective threw */
  constructor(position: Float64Array, cause: unknown, state: MinimizeState) {
    super(`the objective failed in step ${state.step}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.position = position;
    this.state = state;
  }
}
