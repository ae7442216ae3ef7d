import { Random } from '../math/random.ts';
import { DataError } from './data-error.ts';

/** The two halves of the training set, as indices into it: disjoint, in random order. */
export interface TrainingSplit {
  /** Pictures that the network's weights learn from. */
  readonly weights: Uint32Array;
  /** Pictures that alpha learns from; one more than the other half where the size is odd. */
  readonly alpha: Uint32Array;
}

/**
 * Splits the training set in half, as DARTS does: the first `trainSize` pictures of a seeded permutation, their first
 * half for the weights.
 *
 * @param count pictures in the training set
 * @param options.trainSize pictures to use. @default all
 * @throws DataError where the training set has fewer than `trainSize`
 * @throws RangeError where `trainSize` is not an integer of at least 2
 */
export function splitTrainingSet(
  count: number,
  seed: number,
  { trainSize = count }: { readonly trainSize?: number | undefined } = {},
): TrainingSplit {
  if (!Number.isInteger(trainSize) || trainSize < 2) {
    throw new RangeError(`trainSize must be an integer of at least 2, got ${trainSize}`);
  }
  if (trainSize > count) {
    throw new DataError(`trainSize must not exceed the ${count} pictures of the training set, got ${trainSize}`);
  }
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  Random.fromSeed(seed, 'split').shuffle(order);
  const half = Math.floor(trainSize / 2);
  return { weights: order.slice(0, half), alpha: order.slice(half, trainSize) };
}
