import type { Proposal } from './step.ts';

/** A loss, and the position where it was observed. */
export interface Observation {
  readonly loss: number;
  /** `[coordinates]` position. Belongs to the window: read only, and valid until the next observation. */
  readonly position: Float64Array;
}

/** The whole state of a window: plain data with typed arrays. */
export interface AcceptanceWindowState {
  /** K, in steps. */
  readonly size: number;
  /** Number of steps observed so far. */
  readonly steps: number;
  /** `[kept]` step of each kept observation, increasing */
  readonly keptSteps: Float64Array;
  /** `[kept]` loss of each, nondecreasing */
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
 * The acceptance window: remembers the best of the last K steps, which is the loss that a proposal must beat and the
 * position to return to.
 *
 * An observation that a later one beats can never be the best again and is dropped. The losses kept never decrease from
 * the oldest to the newest (a monotone queue), so a step takes constant time on average for every K. The earliest of
 * equal losses is the best; later ones are kept until it leaves the window.
 */
export class AcceptanceWindow {
  readonly #size: number;
  #steps = 0;
  #kept: Kept[] = [];
  /** Index of the oldest observation in the window; those before it have left. */
  #oldest = 0;
  /** Position arrays of dropped observations, for reuse. */
  #spare: Float64Array[] = [];

  /**
   * @param size K, in steps
   * @throws RangeError if K is not a positive integer
   */
  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`the window must be a positive integer of steps, got ${size}`);
    }
    this.#size = size;
  }

  /** The smallest finite loss of the last K steps, the earliest of equal ones; null if there is none. */
  get best(): Observation | null {
    return this.#kept[this.#oldest] ?? null;
  }

  /**
   * Counts a step and keeps its loss. A loss that is not finite only ages the others.
   *
   * @param position `[coordinates]` position of the loss; copied if the observation is kept
   * @param move move of one coordinate from the position to where the loss was observed. @default none
   */
  observe(loss: number, position: Float64Array, move?: Proposal): void {
    this.#steps++;
    const oldest = this.#kept[this.#oldest];
    // Each step adds one observation, so at most one leaves.
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
   * Continues exactly from a saved state, which it copies.
   *
   * @throws RangeError if the saved window has another size
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
    // Entries that left are removed once they are half of the list: constant time on average.
    if (2 * this.#oldest > this.#kept.length) {
      this.#kept.splice(0, this.#oldest);
      this.#oldest = 0;
    }
  }
}

/**
 * Checks that the window outlasts a phase of each kind of step, so that the best position is not forgotten too soon.
 *
 * @param window K, size of the acceptance window in steps
 * @param minSteps N, least number of consecutive steps of one kind
 * @throws RangeError if K <= 2 N
 */
export function checkWindow(window: number, minSteps: number): void {
  if (window <= 2 * minSteps) {
    throw new RangeError(`window must be greater than 2 * minSteps = ${2 * minSteps}, got ${window}`);
  }
}
