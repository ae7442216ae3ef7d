import { OutOfMemoryError } from '../../engine.ts';

/** Floats in a line of 64 bytes: everything in the engine's memory begins at one. */
export const LINE_FLOATS = 16;

/** Channels of a picture in the engine's memory: the stem's kernel takes three. In gray pictures two of them are 0. */
export const STEM_CHANNELS = 3;

/** Schedules count lines in 32 bits. */
const MAX_LINES = 2 ** 31 - 1;

/** Hands out places in the engine's memory, counted in lines. */
export class MemoryMap {
  #lines: number;

  /** @param start first free line */
  constructor(start = 0) {
    this.#lines = start;
  }

  /** Lines handed out so far, which is the first free one. */
  get lines(): number {
    return this.#lines;
  }

  /**
   * Takes a place for so many floats.
   *
   * @throws OutOfMemoryError if the place has no number that a schedule can hold
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

/** A place, and the floats it has room for. */
export interface Room {
  readonly place: number;
  readonly floats: number;
}

/**
 * Places for tensors that are read only until the next state. Every state gets the same few, so that they stay in the
 * cache; rooms of tensors that are not needed meanwhile are used first. A place only has tensors of one size: a
 * picture's part of them is the same, and no thread comes across another's picture.
 */
export class PassingPlaces {
  readonly #map: MemoryMap;
  readonly #rooms: Room[];
  #taken = new Set<Room>();

  constructor(map: MemoryMap, rooms: readonly Room[]) {
    this.#map = map;
    this.#rooms = [...rooms];
  }

  /** Frees all places: what they hold may be overwritten. */
  reuse(): void {
    this.#taken = new Set();
  }

  take(floats: number): number {
    let room = this.#rooms.find((each) => each.floats === floats && !this.#taken.has(each));
    if (room === undefined) {
      room = { place: this.#map.floats(floats), floats };
      this.#rooms.push(room);
    }
    this.#taken.add(room);
    return room.place;
  }
}

/**
 * Channels in memory: a multiple of four, the narrowest vectors. From 5 to 31 it is a multiple of eight: vectors of eight
 * are faster by more than the channels added cost. More channels fill enough vectors of four to save the memory.
 */
export function padChannels(channels: number): number {
  const lanes = channels > 4 && channels < 32 ? 8 : 4;
  return Math.ceil(channels / lanes) * lanes;
}
