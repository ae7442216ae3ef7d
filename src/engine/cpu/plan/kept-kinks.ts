import type { ValueSpec } from '../../../network/block-graph.ts';
import type { Normed, PlannedPool } from './place-cells.ts';
import type { PlanMemory } from './plan-memory.ts';
import type { ScheduleWriter } from './schedule.ts';

/**
 * Places of the kinks that held passes go by: where each ReLU lets its input through, and the winners of max pools. Bytes,
 * shaped like the tensor at hand. A place is taken when it is first asked for.
 */
export class KeptKinks {
  readonly #memory: PlanMemory;
  readonly #states = new Map<string, { readonly value: ValueSpec; readonly place: number }>();
  readonly #norms = new Map<Normed, number>();
  readonly #pools = new Map<PlannedPool, number>();

  constructor(memory: PlanMemory) {
    this.#memory = memory;
  }

  /** Place for the ReLU that reads a value. */
  state(value: ValueSpec): number {
    const known = this.#states.get(value.name);
    if (known !== undefined) return known.place;
    const { height, width, channels } = this.#memory.tensor(value);
    const place = this.#memory.result((height * width * channels) / 4);
    this.#states.set(value.name, { value, place });
    return place;
  }

  /** Place for the ReLU after a batch norm. */
  norm(normed: Normed): number {
    const place = this.#norms.get(normed) ?? this.#memory.result((normed.pixels * normed.channels) / 4);
    this.#norms.set(normed, place);
    return place;
  }

  /** Place for the winners of a pool. */
  winner(pool: PlannedPool): number {
    const place = this.#pools.get(pool) ?? this.#memory.result((pool.made.pixels * pool.made.channels) / 4);
    this.#pools.set(pool, place);
    return place;
  }

  /** Writes the keeping of all kinks that were asked for, after a pass whose results are still there. */
  write(schedule: ScheduleWriter): void {
    schedule.overPictures((write) => {
      for (const { value, place: to } of this.#states.values()) {
        const { x, height, width, channels } = this.#memory.tensor(value);
        const plain = { normalize: false, scale: null, shift: null };
        write('keep', { x, pixels: height * width, channels, ...plain, to });
      }
      for (const [{ z: x, norm, pixels, channels }, to] of this.#norms) {
        const { scale, shift } = this.#memory.norm(norm);
        write('keep', { x, pixels, channels, normalize: true, scale, shift, to });
      }
      for (const [{ winner, made }, to] of this.#pools) {
        if (winner === null) continue;
        write('copy', { from: winner, to, floats: (made.pixels * made.channels) / 4 });
      }
    });
  }
}
