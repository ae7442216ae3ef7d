import { sayValue } from '../../math/say-value.ts';
import { restoreFrom } from '../checks.ts';
import type { StepOutcome } from '../dscd/step.ts';
import type { Optimizer, Point, PointEvaluation } from '../optimizer.ts';
import { type Packed, packState, unpackState } from '../study/packed-state.ts';

/** Version of saved states. A later one may have other parts. */
export const STATE_VERSION = 1;

/** The whole state of an optimizer of `createOptimizer`: plain data that JSON keeps to the bit. */
export interface OptimizerState {
  /** Version of the form of the state: 1. */
  readonly version: number;
  /** Name of the method. */
  readonly method: string;
  /** The parts, which belong to the method. */
  readonly state: Packed;
}

/**
 * An optimizer with the name of its method, which stands in its states: runs another one inside, and packs what that saves.
 * A state of another version or method is refused, and so is one whose parts are missing.
 */
export class NamedOptimizer implements Optimizer {
  readonly #inside: Optimizer;
  readonly #method: string;

  constructor(method: string, inside: Optimizer) {
    this.#method = method;
    this.#inside = inside;
  }

  get position(): Float64Array {
    return this.#inside.position;
  }

  get outcome(): StepOutcome | null {
    return this.#inside.outcome ?? null;
  }

  ask(progress: number): readonly Point[] {
    return this.#inside.ask(progress);
  }

  tell(evaluations: readonly PointEvaluation[]): void {
    this.#inside.tell(evaluations);
  }

  observeStart(loss: number): void {
    this.#inside.observeStart?.(loss);
  }

  foresee(progress: readonly number[]): readonly Point[] {
    return this.#inside.foresee?.(progress) ?? [];
  }

  save(): OptimizerState {
    return { version: STATE_VERSION, method: this.#method, state: packState(this.#inside.save()) };
  }

  restore(state: object): void {
    const { method, state: packed } = checkState<OptimizerState>(state, this.#method);
    restoreFrom(method, () => this.#inside.restore(unpackState(packed) as object));
  }
}

/**
 * Checks version and method of a saved state.
 *
 * @param method name, or null for an optimizer that was given
 * @throws RangeError with both values of what differs
 */
export function checkState<State extends { readonly version: number; readonly method: string | null }>(
  state: object,
  method: string | null,
): State {
  const given = (typeof state === 'object' ? state : null) as State | null;
  if (given?.version !== STATE_VERSION) {
    throw new RangeError(`the saved state must be of version ${STATE_VERSION}, got ${sayValue(given?.version)}`);
  }
  if (given.method !== method)
    throw new RangeError(`the saved method must be ${method}, got ${sayValue(given.method)}`);
  return given;
}
