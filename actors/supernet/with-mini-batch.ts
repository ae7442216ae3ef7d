import { SupernetCallError } from './errors.ts';

/** Times a mini-batch is put before the call gives up: others may push it out again before the call arrives. */
const MAX_PUTS = 5;

/**
 * Makes a call that needs a mini-batch, and puts it there where the supernet has dropped it, or never had it.
 *
 * @param put hands the mini-batch to the supernet
 * @throws SupernetCallError `unknown-batch` where it is gone even after `MAX_PUTS` times
 */
export async function withMiniBatch<T>(put: () => Promise<unknown>, call: () => Promise<T>): Promise<T> {
  for (let puts = 0; ; puts++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof SupernetCallError) || error.code !== 'unknown-batch' || puts === MAX_PUTS) throw error;
      await put();
    }
  }
}
