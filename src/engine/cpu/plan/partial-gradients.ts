import type { MemoryMap } from './memory-map.ts';
import type { OperationWriter } from './schedule.ts';

/** Partial gradients of one placed array of weights, to be added up over the chunks. */
interface Partial {
  readonly from: number;
  readonly size: number;
  readonly to: number;
}

/** Places of partial gradients, one array a chunk of pictures, until they are added up. */
export class PartialGradients {
  readonly #map: MemoryMap;
  readonly #chunks: number;
  readonly #open: Partial[] = [];
  /** Places of those that have been added up, by size: the next ones of that size go there. */
  readonly #free = new Map<number, number[]>();

  constructor(map: MemoryMap, chunks: number) {
    this.#map = map;
    this.#chunks = chunks;
  }

  /**
   * @param size floats of one chunk's
   * @param to where their sum goes
   */
  take(size: number, to: number): number {
    const from = this.#free.get(size)?.pop() ?? this.#map.floats(this.#chunks * size);
    this.#open.push({ from, size, to });
    return from;
  }

  /** Adds those up over the chunks that have not been yet. */
  reduce(write: OperationWriter): void {
    for (const { from, size, to } of this.#open.splice(0)) {
      this.#free.set(size, [...(this.#free.get(size) ?? []), from]);
      write('reduce', from, this.#chunks, size, to);
    }
  }
}
