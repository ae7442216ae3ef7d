import type { Proposal } from './step.ts';

/** A loss seen, and where. */
export interface Observation {
  readonly loss: number;
  /** Belongs to the window: only to be read, and only until the next observation. */
  readonly position: Float64Array;
}

/** A window's whole state: plain data with typed arrays. */
export interface AcceptanceWindowState {
  readonly size: number;
  /** Steps observed so far. */
  readonly steps: number;
  /** `[kept]` number of the step of each kept observation, rising */
  readonly keptSteps: Float64Array;
  /** `[kept]` loss of each, never falling */
  readonly losses: Float64Array;
  /** `[kept, coordinates]` position of each, row-major */
  readonly positions: Float64Array;
}

interface Kept {
  readonly step: number;
  readonly loss: number;
  readonly position: Float64Array;
}

/**
 * The best of the last K steps: the loss that a proposal must beat, and the position to return to.
 *
 * Observations that a later one beats can never be the best again, so only those are kept whose losses never fall
 * from the oldest to the newest (a monotone queue): a step costs constant time on average, whatever K. Of equal
 * losses the earliest is the best, and the later ones wait for it to leave the window.
 */
export class AcceptanceWindow {
  readonly #size: number;
  #steps = 0;
  #kept: Kept[] = [];
  /** Index of the oldest observation still in the window; those before it are spent. */
  #oldest = 0;
  /** Positions of observations no longer kept, to be overwritten. */
  #spare: Float64Array[] = [];

  /**
   * @param size K, in steps
   * @throws RangeError where K is not a positive integer
   */
  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`the window must be a positive integer of steps, got ${size}`);
    }
    this.#size = size;
  }

  /** The smallest finite loss of the last K steps (the earliest of equal ones), or null if there is none. */
  get best(): Observation | null {
    return this.#kept[this.#oldest] ?? null;
  }

  /**
   * Counts a step. A loss that is not finite only ages the others.
   *
   * @param position where the loss was seen; copied where the observation is kept
   * @param move if given, the loss was seen with this one coordinate moved
   */
  observe(loss: number, position: Float64Array, move?: Proposal): void {
    this.#steps++;
    const oldest = this.#kept[this.#oldest];
    // Steps are observed one by one, so at most one leaves.
    if (oldest !== undefined && oldest.step <= this.#steps - this.#size) this.#dropOldest();
    if (!Number.isFinite(loss)) return;
    while (this.#kept.length > this.#oldest && (this.#kept.at(-1) as Kept).loss > loss) {
      this.#spare.push((this.#kept.pop() as Kept).position);
    }
    const copy = this.#spare.pop() ?? new Float64Array(position.length);
    copy.set(position);
    if (move !== undefined) copy[move.coordinate] = move.to;
    this.#kept.push({ step: this.#steps, loss, position: copy });
  }

  save(): AcceptanceWindowState {
    const kept = this.#kept.slice(this.#oldest);
    const coordinates = kept[0]?.position.length ?? 0;
    const positions = new Float64Array(kept.length * coordinates);
    for (const [row, { position }] of kept.entries()) positions.set(position, row * coordinates);
    return {
      size: this.#size,
      steps: this.#steps,
      keptSteps: Float64Array.from(kept, ({ step }) => step),
      losses: Float64Array.from(kept, ({ loss }) => loss),
      positions,
    };
  }

  /**
   * Goes on exactly where the saved window was.
   *
   * @throws RangeError where the state is of a window of another size
   */
  restore(state: AcceptanceWindowState): void {
    const { keptSteps, losses, positions, size, steps } = state;
    if (size !== this.#size) throw new RangeError(`the saved window must have ${this.#size} steps, got ${size}`);
    const coordinates = positions.length / losses.length;
    this.#steps = steps;
    this.#kept = Array.from(losses, (loss, row) => ({
      step: keptSteps[row] as number,
      loss,
      position: positions.slice(row * coordinates, (row + 1) * coordinates),
    }));
    this.#oldest = 0;
    this.#spare = [];
  }

  #dropOldest(): void {
    this.#spare.push((this.#kept[this.#oldest] as Kept).position);
    this.#oldest++;
    // Spent entries are cut off once they are half of the list: constant time a step on average.
    if (2 * this.#oldest > this.#kept.length) {
      this.#kept.splice(0, this.#oldest);
      this.#oldest = 0;
    }
  }
}

/**
 * Refuses windows that forget too soon: the best position must outlive a whole phase of each kind of step.
 *
 * @param window K, steps of the acceptance window
 * @param minSteps N, least number of consecutive steps of one kind
 * @throws RangeError where K <= 2 N
 */
export function checkWindow(window: number, minSteps: number): void {
  if (window <= 2 * minSteps) {
    throw new RangeError(`window must be greater than 2 * minSteps = ${2 * minSteps}, got ${window}`);
  }
}
