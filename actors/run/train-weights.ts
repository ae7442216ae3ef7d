import { performance } from 'node:perf_hooks';
import type { MixingWeights, WeightsStepSettings } from '../../src/engine/engine.ts';
import type { MiniBatchKey } from '../messages.ts';
import { DivergedError } from './diverged-error.ts';
import { addWeightsStep } from './epoch-totals.ts';
import type { RunSession } from './run-session.ts';
import type { RunState } from './run-state.ts';

const LOWER = ': try a lower learning rate';

/** A step of SGD on w, by its number. */
export interface WeightsStep {
  readonly iteration: number;
  /** Its mini-batch. */
  key(iteration: number): MiniBatchKey;
  /** Mini-batches that an iteration needs besides. */
  besides?(iteration: number): readonly MiniBatchKey[];
  readonly mixing: MixingWeights;
  readonly settings: WeightsStepSettings;
}

/** @throws DivergedError where a value of an iteration is not finite */
export function checkFinite(what: string, value: number, iteration: number, hint = ''): void {
  if (!Number.isFinite(value)) throw new DivergedError(`${what} became ${value} in iteration ${iteration}${hint}`);
}

/**
 * One step of SGD on w (eq. 11), while the pool prepares what the next iteration needs.
 *
 * @returns mean cross-entropy before the step
 * @throws DivergedError where the loss or the gradient is not finite: the network's weights are spoiled then
 */
export async function trainWeights(
  session: Pick<RunSession<RunState>, 'batches' | 'client' | 'totals' | 'stopwatch'>,
  { iteration, key, besides = () => [], mixing, settings }: WeightsStep,
): Promise<number> {
  const { batches, client, stopwatch } = session;
  const began = performance.now();
  const prefetch = (of: number): void => {
    for (const needed of [key(of), ...besides(of)]) batches.prefetch(needed);
  };
  prefetch(iteration);
  const result = await batches.use(key(iteration), (batch) => {
    const stepped = client.call('weightsStep', { batch, mixing, settings });
    prefetch(iteration + 1);
    return stepped;
  });
  checkFinite('the training loss', result.loss, iteration, LOWER);
  // A rectifier may swallow what is not finite on its way to the loss; the gradient still shows it.
  checkFinite('the norm of the gradient in the weights', result.gradientNorm, iteration, LOWER);
  addWeightsStep(session.totals.weights, result);
  stopwatch.steps++;
  stopwatch.wallMs += performance.now() - began;
  return result.loss;
}
