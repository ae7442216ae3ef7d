import { Random } from '../math/random.ts';

/** Which factors to draw. */
export interface DropRequest {
  readonly seed: number;
  /** Number of the mini-batch, from 0 through all epochs. */
  readonly step: number;
  readonly pictures: number;
  /** Operations that may be left out: those of `dropColumns`. */
  readonly columns: number;
  /** Chance that one is. Below 1. */
  readonly probability: number;
}

/**
 * Draws what drop-path multiplies each picture's operations by: 0 with the given chance, else 1 / (1 - chance), so that
 * the mean is 1. A pure function of its arguments.
 *
 * @returns `[pictures, columns]`, row-major: `MiniBatch.drops`
 * @throws RangeError where the chance is not at least 0 and below 1
 */
export function drawDropFactors({ seed, step, pictures, columns, probability }: DropRequest): Float32Array {
  if (!(probability >= 0 && probability < 1)) {
    throw new RangeError(`probability must be at least 0 and below 1, got ${probability}`);
  }
  const random = Random.fromSeed(seed, 'drops', step);
  const kept = 1 / (1 - probability);
  return Float32Array.from({ length: pictures * columns }, () => (random.uniform() < probability ? 0 : kept));
}
