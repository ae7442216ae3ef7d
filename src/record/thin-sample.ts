/** Keeps every k-th of the items added, with the least k (1, 2, 4, ...) by which no more than `limit` are kept. */
export class ThinSample<T> {
  readonly #limit: number;
  #items: T[] = [];
  #stride = 1;
  #seen = 0;

  /** @param limit at least 1 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Items added so far. */
  get seen(): number {
    return this.#seen;
  }

  /** Those kept, in the order in which they came. */
  get items(): readonly T[] {
    return this.#items;
  }

  add(item: T): void {
    if (this.#seen++ % this.#stride !== 0) return;
    this.#items.push(item);
    if (this.#items.length <= this.#limit) return;
    this.#items = this.#items.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }
}
