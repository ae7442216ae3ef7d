import { batchName, type MiniBatchKey } from '../messages.ts';
import type { ProposalPool } from '../pool/pool.ts';
import { withMiniBatch } from '../supernet/with-mini-batch.ts';

/** Preparations remembered; the supernet keeps more mini-batches. */
const REMEMBERED = 32;

/** Has the pool prepare mini-batches ahead of need and hand them to the supernet, each once. */
export class MiniBatches {
  readonly #pool: ProposalPool;
  readonly #address: string;
  readonly #prepared = new Map<string, Promise<null>>();

  /** @param address the supernet's */
  constructor(pool: ProposalPool, address: string) {
    this.#pool = pool;
    this.#address = address;
  }

  /** Begins to prepare a mini-batch that will be used soon. A failure shows when it is used. */
  prefetch(key: MiniBatchKey): void {
    this.#prepare(key).catch(() => undefined);
  }

  /** Calls with the name of a mini-batch that the supernet holds; puts it there again where it was dropped. */
  async use<T>(key: MiniBatchKey, call: (name: string) => Promise<T>): Promise<T> {
    const name = batchName(key);
    await this.#prepare(key);
    const putAgain = (): Promise<null> => {
      this.#prepared.delete(name);
      return this.#prepare(key);
    };
    return await withMiniBatch(putAgain, () => call(name));
  }

  #prepare(key: MiniBatchKey): Promise<null> {
    const name = batchName(key);
    let preparation = this.#prepared.get(name);
    if (preparation === undefined) {
      preparation = this.#pool.run({ kind: 'prepare', address: this.#address, key });
      this.#prepared.set(name, preparation);
      const oldest = this.#prepared.keys().next();
      if (this.#prepared.size > REMEMBERED && !oldest.done) this.#prepared.delete(oldest.value);
    }
    return preparation;
  }
}
