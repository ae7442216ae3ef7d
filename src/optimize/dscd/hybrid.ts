import { allFinite, clamp } from '../checks.ts';
import type { LocalOptimizer } from '../optimizer.ts';
import type { Dscd, DscdState } from './dscd.ts';
import type { Evaluation, StepAnswer, StepKind, StepOutcome, StepRequest } from './step.ts';

export interface HybridOptions {
  /** `[coordinates]` start; copied */
  readonly position: Float64Array;
  /** Local optimizer of local and joint steps; null if there are none. */
  readonly local: LocalOptimizer | null;
  /** DSCD of global and joint steps; null if there are none. */
  readonly dscd: Dscd | null;
  /**
   * Bounds `[lo, hi]` of local steps. Without bounds a local step may leave DSCD's domain; proposals stay inside it all
   * the same. @default null
   */
  readonly bounds?: readonly [number, number] | null;
}

/** The whole state of a hybrid: plain data with typed arrays. */
export interface HybridState {
  readonly position: Float64Array;
  /** State of the local optimizer in its own form; null if there is none. */
  readonly local: object | null;
  readonly dscd: DscdState | null;
  /** Pending request, made from this position. @default none: older states lack it */
  readonly asked?: Omit<StepRequest, 'position'> | null;
}

/** A local step requests the gradient only. */
const LOCAL_REQUEST = {
  kind: 'local',
  gradient: true,
  base: false,
  proposals: [],
  perExample: false,
  concentration: null,
} as const;

/**
 * Moves a position by a local optimizer, by DSCD, or by both: the steps of the paper's Algorithm 1. The caller chooses
 * the kind of each step (see `advance`).
 *
 *     const request = hybrid.ask(kind, progress);
 *     const outcome = hybrid.tell(request, evaluate(request));
 *
 * - `local`: the local optimizer moves all coordinates along the gradient.
 * - `global`: DSCD moves one coordinate or none, or returns to the best position of its window.
 * - `joint` (ours): both, on one mini-batch. The local optimizer moves all coordinates. Then a proposal that beats the
 *   position before the step sets its own coordinate. Needs paired acceptance.
 *
 * A gradient that is not finite moves no coordinate, so one bad mini-batch does not spoil the position for good.
 */
export class Hybrid {
  readonly #position: Float64Array;
  readonly #local: LocalOptimizer | null;
  readonly #dscd: Dscd | null;
  readonly #bounds: readonly [number, number] | null;
  /** The pending request. */
  #asked: StepRequest | null = null;

  /** @throws RangeError if the position is empty or not finite, or the bounds are not in order */
  constructor({ position, local, dscd, bounds = null }: HybridOptions) {
    if (position.length === 0 || !allFinite(position)) {
      throw new RangeError(`the position must have coordinates, all of them finite, got [${position}]`);
    }
    if (bounds !== null && !(bounds[0] < bounds[1])) {
      throw new RangeError(`bounds must be two numbers, the lower first, got [${bounds}]`);
    }
    this.#position = position.slice();
    this.#local = local;
    this.#dscd = dscd;
    this.#bounds = bounds;
  }

  /** The pending request; null if there is none. */
  get asked(): StepRequest | null {
    return this.#asked;
  }

  /** `[coordinates]` current position. Read only; `tell` changes it. */
  get position(): Float64Array {
    return this.#position;
  }

  /**
   * Returns the request of a step. Asking again drops a pending request; the random numbers it drew stay drawn.
   *
   * @param progress progress of the annealing, from 0 at the start to 1 at the end; local steps do not use it
   * @throws Error if the hybrid lacks a part that the kind needs
   */
  ask(kind: StepKind, progress: number): StepRequest {
    if (kind !== 'global' && this.#local === null) throw new Error(`a ${kind} step needs a local optimizer`);
    if (kind === 'local') return this.#await({ ...LOCAL_REQUEST, position: this.#position });
    if (this.#dscd === null) throw new Error(`a ${kind} step needs DSCD`);
    const { acceptance, margin } = this.#dscd.options;
    const paired = acceptance === 'paired';
    if (kind === 'joint' && !paired) throw new Error(`a joint step needs paired acceptance, got ${acceptance}`);
    return this.#await({
      kind,
      position: this.#position,
      gradient: kind === 'joint',
      base: kind === 'global' && paired,
      perExample: margin > 0,
      ...this.#dscd.propose(this.#position, progress),
    });
  }

  /**
   * Takes the step.
   *
   * @param request request that `ask` returned last
   * @param learningRate replaces the local optimizer's own in this step
   * @throws Error if the request is not the pending one, or the answer lacks what it asked for
   */
  tell(request: StepRequest, answer: StepAnswer, learningRate?: number): StepOutcome {
    if (request !== this.#asked) throw new Error('tell needs the pending request, the last that ask returned');
    const { base, gradient } = answer;
    if (request.gradient && (base === undefined || gradient?.length !== this.#position.length)) {
      const size = this.#position.length;
      throw new Error(`a ${request.kind} step needs the loss and a gradient of ${size} coordinates`);
    }
    const outcome =
      request.kind === 'local'
        ? this.#observe((base as Evaluation).loss)
        : (this.#dscd as Dscd).decide(request, answer);
    if (request.gradient) this.#stepLocally(gradient as Float64Array, learningRate);
    const accepted = outcome.accepted === null ? undefined : request.proposals[outcome.accepted];
    if (accepted !== undefined) this.#position[accepted.coordinate] = accepted.to;
    const best = outcome.returned ? this.#dscd?.best : null;
    if (best) this.#position.set(best.position); // DSCD step 8
    this.#asked = null;
    return outcome;
  }

  /** Copies the whole state, a pending request included. */
  save(): HybridState {
    return {
      position: this.#position.slice(),
      local: this.#local?.save() ?? null,
      dscd: this.#dscd?.save() ?? null,
      asked: this.#asked === null ? null : copyRequest(this.#asked),
    };
  }

  /**
   * Continues exactly from a saved state, which it copies. A saved pending request becomes `asked`.
   *
   * @throws RangeError if the state was saved by a hybrid with other parts
   */
  restore(state: HybridState): void {
    const { position, local, dscd, asked = null } = state;
    if (position.length !== this.#position.length) {
      const size = this.#position.length;
      throw new RangeError(`the saved position must have ${size} coordinates, got ${position.length}`);
    }
    if ((local === null) !== (this.#local === null) || (dscd === null) !== (this.#dscd === null)) {
      throw new RangeError('the state was saved with other parts: local optimizer and DSCD must both match');
    }
    this.#position.set(position);
    if (local !== null) this.#local?.restore(local);
    if (dscd !== null) this.#dscd?.restore(dscd);
    this.#asked = asked === null ? null : { ...copyRequest(asked), position: this.#position };
  }

  #await(request: StepRequest): StepRequest {
    this.#asked = request;
    return request;
  }

  #observe(loss: number): StepOutcome {
    this.#dscd?.observe(loss, this.#position);
    return { kind: 'local', loss, accepted: null, threshold: Infinity, returned: false };
  }

  #stepLocally(gradient: Float64Array, learningRate: number | undefined): void {
    const position = this.#position;
    if (!allFinite(gradient)) return;
    this.#local?.step(position, gradient, learningRate);
    if (this.#bounds === null) return;
    for (let i = 0; i < position.length; i++) position[i] = clamp(position[i] as number, this.#bounds);
  }
}

/** Copies a request without its position. */
function copyRequest(request: Omit<StepRequest, 'position'>): Omit<StepRequest, 'position'> {
  const { kind, gradient, base, perExample, concentration } = request;
  return { kind, gradient, base, perExample, concentration, proposals: request.proposals.map((p) => ({ ...p })) };
}
