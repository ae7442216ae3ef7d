import { performance } from 'node:perf_hooks';
import type { MixingWeights, WeightsStepSettings } from '../../src/engine/engine.ts';
import type { MiniBatchKey } from '../messages.ts';
import { checkFinite } from './diverged-error.ts';
import { addWeightsStep, type WeightsTotals } from './epoch-sums.ts';
import type { RunSession } from './run-session.ts';

const LOWER = ': try a lower learning rate';

/** A step of SGD on w. */
export interface WeightsStep {
  readonly iteration: number;
  /** Names the mini-batch of an iteration. */
  key(iteration: number): MiniBatchKey;
  /** Names other mini-batches that an iteration needs. @default none */
  besides?(iteration: number): readonly MiniBatchKey[];
  readonly mixing: MixingWeights;
  readonly settings: WeightsStepSettings;
}

/**
 * Takes one step of SGD on w (eq. 11), while the pool prepares the mini-batches of the next iteration.
 *
 * @param totals sums that the step is added to
 * @returns mean cross-entropy before the step
 * @throws DivergedError if the loss or the gradient is not finite: the network's weights are spoiled then
 */
export async function trainWeights(
  { miniBatches, supernet, stopwatch }: Pick<RunSession, 'miniBatches' | 'supernet' | 'stopwatch'>,
  totals: WeightsTotals,
  { iteration, key, besides = () => [], mixing, settings }: WeightsStep,
): Promise<number> {
  const began = performance.now();
  const prefetch = (needing: number): void => {
    for (const needed of [key(needing), ...besides(needing)]) miniBatches.prefetch(needed);
  };
  prefetch(iteration);
  const result = await miniBatches.use(key(iteration), (miniBatchName) => {
    const stepped = supernet.call('weightsStep', { miniBatchName, mixing, settings });
    prefetch(iteration + 1);
    return stepped;
  });
  checkFinite('the training loss', [result.loss], iteration, LOWER);
  // A rectifier may swallow a number that is not finite on its way to the loss; the gradient still shows it.
  checkFinite('the norm of the gradient in the weights', [result.gradientNorm], iteration, LOWER);
  addWeightsStep(totals, result);
  stopwatch.steps++;
  stopwatch.wallMs += performance.now() - began;
  return result.loss;
}
