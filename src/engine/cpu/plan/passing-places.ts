import type { MemoryMap } from './memory-map.ts';

/** A place, and the floats it has room for. */
export interface Room {
  readonly place: number;
  readonly floats: number;
}

/**
 * Places for what is read only until the next state: the same few are handed out for every state, so that they stay in
 * the cache. They are taken from the room of others that are not needed meanwhile, as far as that goes. One place only
 * has things of one size: so a picture's part of them is the same, and no thread comes across another's picture.
 */
export class PassingPlaces {
  readonly #map: MemoryMap;
  readonly #rooms: Room[];
  #taken = new Set<Room>();

  constructor(map: MemoryMap, rooms: readonly Room[]) {
    this.#map = map;
    this.#rooms = [...rooms];
  }

  /** What was handed out may be overwritten by what is handed out from now on. */
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
