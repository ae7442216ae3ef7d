import { Random } from '../math/random.ts';
import { cosine } from '../optimize/schedules.ts';
import type { RetrainingOptions } from './options-schema.ts';

/** Learning rate of an epoch, counted from 0: half a cosine over the epochs, as in DARTS. */
export function learningRateOf(
  { learningRate, learningRateEnd, epochs }: Pick<RetrainingOptions, 'learningRate' | 'learningRateEnd' | 'epochs'>,
  epoch: number,
): number {
  return cosine(learningRate, learningRateEnd)(epoch / epochs);
}

/** Chance that drop-path leaves an operation out, in an epoch counted from 0: a linear rise from 0, as in DARTS. */
export function dropProbabilityOf(
  { dropPath, epochs }: Pick<RetrainingOptions, 'dropPath' | 'epochs'>,
  epoch: number,
): number {
  return (dropPath * epoch) / epochs;
}

/** Chance, shape and seed of the factors to draw. */
export interface DropRequest {
  readonly seed: number;
  /** Number of the iteration, from 0 through all epochs. */
  readonly iteration: number;
  readonly pictures: number;
  /** Number of operations that may be left out: those of `dropColumns`. */
  readonly columns: number;
  /** Chance that an operation is left out. Below 1. */
  readonly probability: number;
}

/**
 * Draws the factors by which drop-path multiplies each picture's operations: 0 with the given chance, else
 * 1 / (1 - chance), so that the mean is 1. A pure function of its arguments.
 *
 * @returns `[pictures, columns]`, row-major: `MiniBatch.drops`
 * @throws RangeError if the chance is not at least 0 and below 1
 */
export function drawDropFactors({ seed, iteration, pictures, columns, probability }: DropRequest): Float32Array {
  if (!(probability >= 0 && probability < 1)) {
    throw new RangeError(`probability must be at least 0 and below 1, got ${probability}`);
  }
  const random = Random.fromSeed(seed, 'drops', iteration);
  const kept = 1 / (1 - probability);
  return Float32Array.from({ length: pictures * columns }, () => (random.uniform() < probability ? 0 : kept));
}
