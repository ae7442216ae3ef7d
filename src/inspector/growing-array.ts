type Numbers = Float64Array | Uint32Array | Uint16Array | Uint8Array;

/** An array of numbers in a typed array that doubles when it is full: millions of numbers take no object each. */
export class GrowingArray<T extends Numbers> {
  readonly #create: new (
    length: number,
  ) => T;
  #values: T;
  #length = 0;

  /** @param create constructor of the typed array */
  constructor(create: new (length: number) => T) {
    this.#create = create;
    this.#values = new create(1024);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new this.#create(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** @param index less than the length; the value beyond is undefined */
  at(index: number): number {
    return this.#values[index] as number;
  }

  clear(): void {
    this.#length = 0;
  }

  /**
   * Finds the index of the first value that is at least `value`. The values must ascend.
   *
   * @param after whether to find the first greater value instead. @default false
   */
  search(value: number, after = false): number {
    return lowerBound(this.#length, (i) => (after ? this.at(i) > value : this.at(i) >= value));
  }
}

/** Finds the first of `length` indices for which `isReached` holds; `length` if there is none. It must stay true. */
export function lowerBound(length: number, isReached: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isReached(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
