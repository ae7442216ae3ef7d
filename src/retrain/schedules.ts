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
