import { OutOfMemoryError } from '../../engine.ts';

/** Floats in a line of 64 bytes: everything in the engine's memory begins at one. */
export const LINE_FLOATS = 16;

/** Schedules count lines in 32 bits. */
const MAX_LINES = 2 ** 31 - 1;

/** Hands out places in the engine's memory, counted in lines. */
export class MemoryMap {
  #lines: number;

  /** @param start first free line */
  constructor(start = 0) {
    this.#lines = start;
  }

  /** Lines handed out so far, and so the first free one. */
  get lines(): number {
    return this.#lines;
  }

  /**
   * A place for so many floats.
   *
   * @throws OutOfMemoryError where a schedule could not say where that is
   */
  floats(count: number): number {
    const place = this.#lines;
    this.#lines += Math.ceil(count / LINE_FLOATS);
    if (this.#lines > MAX_LINES) {
      throw new OutOfMemoryError(
        'the network needs more than 128 GiB at this size of mini-batch: take a smaller batch, picture or network',
      );
    }
    return place;
  }
}

/** Channels in memory: kernels work on vectors of four at least. */
export function padChannels(channels: number): number {
  return Math.ceil(channels / 4) * 4;
}
