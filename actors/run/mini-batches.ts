import { type MiniBatchKey, miniBatchName } from '../messages.ts';
import type { Pool } from '../pool/pool.ts';
import { withMiniBatch } from '../supernet/supernet.ts';

/** Preparations remembered. The supernet keeps more mini-batches than that. */
const REMEMBERED = 32;

/** Has the pool prepare mini-batches ahead of need and hand them to the supernet, each once. */
export class MiniBatches {
  readonly #pool: Pool;
  readonly #address: string;
  readonly #prepared = new Map<string, Promise<null>>();

  /** @param address address of the supernet */
  constructor(pool: Pool, address: string) {
    this.#pool = pool;
    this.#address = address;
  }

  /** Begins to prepare a mini-batch that will be used soon. A failure shows when it is used. */
  prefetch(key: MiniBatchKey): void {
    this.#prepare(key).catch(() => undefined);
  }

  /** Calls with the name of a mini-batch that the supernet holds. If the supernet dropped it, it is put there again. */
  async use<T>(key: MiniBatchKey, call: (miniBatchName: string) => Promise<T>): Promise<T> {
    const name = miniBatchName(key);
    await this.#prepare(key);
    const putAgain = (): Promise<null> => {
      this.#prepared.delete(name);
      return this.#prepare(key);
    };
    return await withMiniBatch(putAgain, () => call(name));
  }

  #prepare(key: MiniBatchKey): Promise<null> {
    const name = miniBatchName(key);
    let preparation = this.#prepared.get(name);
    if (preparation === undefined) {
      preparation = this.#pool.prepare({ address: this.#address, key });
      this.#prepared.set(name, preparation);
      const oldest = this.#prepared.keys().next();
      if (this.#prepared.size > REMEMBERED && !oldest.done) this.#prepared.delete(oldest.value);
    }
    return preparation;
  }
}
