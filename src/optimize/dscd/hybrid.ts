import type { LocalOptimizer } from '../local-optimizer.ts';
import { allFinite } from '../single-point.ts';
import type { Dscd, DscdState } from './dscd.ts';
import type { Evaluation, StepAnswer, StepKind, StepOutcome, StepRequest } from './step.ts';

export interface HybridOptions {
  /** `[coordinates]` start; copied */
  readonly position: Float64Array;
  /** Takes local and joint steps; null where there are none. */
  readonly local: LocalOptimizer | null;
  /** Takes global and joint steps; null where there are none. */
  readonly dscd: Dscd | null;
  /**
   * Local steps are cut off at these bounds. Without them a local step may leave DSCD's domain, which is allowed:
   * proposals are inside it all the same. @default null
   */
  readonly bounds?: readonly [number, number] | null;
}

/** Everything a hybrid needs to go on exactly where it was: plain data with typed arrays. */
export interface HybridState {
  readonly position: Float64Array;
  /** The local optimizer's, in its own form. */
  readonly local: object | null;
  readonly dscd: DscdState | null;
  /** The request that waits for its answer, from this position. Missing, as in states of old, it is none. */
  readonly asked?: Omit<StepRequest, 'position'> | null;
}

/** A local step evaluates nothing but the gradient. */
const LOCAL_REQUEST = {
  kind: 'local',
  gradient: true,
  base: false,
  proposals: [],
  perExample: false,
  concentration: null,
} as const;

/**
 * A position moved by a local optimizer, by DSCD, or by both: the steps of the paper's Algorithm 1, whose kind the
 * caller chooses (see `advance`).
 *
 *     const request = hybrid.ask(kind, progress);
 *     const outcome = hybrid.tell(request, evaluate(request));
 *
 * - `local`: the local optimizer moves all coordinates along the gradient.
 * - `global`: DSCD moves one coordinate, or none, or goes back to the best position of its window.
 * - `joint` (ours): both, on one mini-batch. The local optimizer moves all coordinates; a proposal that beats the
 *   position before that move then sets its own. Needs paired acceptance.
 *
 * A gradient that is not finite moves nothing, so one bad mini-batch does not spoil the position for good.
 */
export class Hybrid {
  readonly #position: Float64Array;
  readonly #local: LocalOptimizer | null;
  readonly #dscd: Dscd | null;
  readonly #bounds: readonly [number, number] | null;
  /** The request that waits for its answer. */
  #asked: StepRequest | null = null;

  /** @throws RangeError where the position is empty or not finite, or the bounds are in the wrong order */
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

  /** The request that waits for its answer, or null. */
  get asked(): StepRequest | null {
    return this.#asked;
  }

  /** The current position. Belongs to the hybrid: only to be read, and changed by the next `tell`. */
  get position(): Float64Array {
    return this.#position;
  }

  /**
   * What a step of this kind needs evaluated. Asking again instead of answering gives up the first request, but not
   * the random numbers it drew.
   *
   * @param progress of the annealing, from 0 at the start to 1 at the end; local steps do not use it
   * @throws Error where the hybrid lacks what the kind needs
   */
  ask(kind: StepKind, progress: number): StepRequest {
    if (kind !== 'global' && this.#local === null) throw new Error(`a ${kind} step needs a local optimizer`);
    if (kind === 'local') return this.#await({ ...LOCAL_REQUEST, position: this.#position });
    if (this.#dscd === null) throw new Error(`a ${kind} step needs DSCD`);
    const { acceptance, margin } = this.#dscd.options;
    const paired = acceptance === 'paired';
    if (kind === 'joint' && !paired) throw new Error('a joint step needs paired acceptance, got window');
    return this.#await({
      kind,
      position: this.#position,
      gradient: kind === 'joint',
      base: kind === 'global' ? paired : margin > 0,
      perExample: margin > 0,
      ...this.#dscd.propose(this.#position, progress),
    });
  }

  /**
   * Takes the step.
   *
   * @param request the one that `ask` returned last
   * @param learningRate of the local optimizer in this step, in place of its own
   * @throws Error where the request is another, or the answer lacks what it asked for
   */
  tell(request: StepRequest, answer: StepAnswer, learningRate?: number): StepOutcome {
    if (request !== this.#asked) throw new Error('tell needs the request that ask returned last, and that once');
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

  /** At any time: a request that waits for its answer is part of the state. */
  save(): HybridState {
    return {
      position: this.#position.slice(),
      local: this.#local?.save() ?? null,
      dscd: this.#dscd?.save() ?? null,
      asked: this.#asked === null ? null : copyRequest(this.#asked),
    };
  }

  /**
   * Goes on exactly where the saved one was, generator included. A request that waits here is given up; one that waited
   * there is `asked` anew.
   *
   * @throws RangeError where the state was saved by a hybrid of other parts
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
    const [low, high] = this.#bounds;
    for (let i = 0; i < position.length; i++) position[i] = Math.min(high, Math.max(low, position[i] as number));
  }
}

/** All of a request but its position. */
function copyRequest(request: Omit<StepRequest, 'position'>): Omit<StepRequest, 'position'> {
  const { kind, gradient, base, perExample, concentration } = request;
  return { kind, gradient, base, perExample, concentration, proposals: request.proposals.map((p) => ({ ...p })) };
}
