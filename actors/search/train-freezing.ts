import { performance } from 'node:perf_hooks';
import type { Freezing } from '../../src/search/watches/freezing.ts';
import { checkFinite } from '../run/diverged-error.ts';
import { trainWeights, type WeightsStep } from '../run/train-weights.ts';
import { keyOf } from './key-of.ts';
import type { SearchSession } from './search-session.ts';

/** Names under which the engine keeps the gradients on both mini-batches of an iteration. */
const VECTORS = { train: 'freezing.train', search: 'freezing.search' } as const;

/**
 * Takes a step on w in which frozen operations rest, and decides which ones rest from the next step on (OLES, Jiang et al. 2023,
 * Algorithm 1). The gradient on the search mini-batch takes a pass of its own before the step, which moves nothing: both
 * gradients are at the same w and at the same mixing weights.
 *
 * @returns mean cross-entropy before the step
 * @throws DivergedError as `trainWeights` does, or if the loss on the search mini-batch or a score is not finite
 */
export async function trainFreezing(
  session: Pick<SearchSession, 'miniBatches' | 'options' | 'stopwatch' | 'supernet' | 'totals'>,
  freezing: Freezing,
  step: WeightsStep,
): Promise<number> {
  const { miniBatches, options, stopwatch, supernet, totals } = session;
  const { iteration, mixing } = step;
  let began = performance.now();
  const search = await miniBatches.use(keyOf('alpha', iteration), (miniBatchName) => {
    return supernet.call('gradients', { miniBatchName, mixing, options: { weightsInto: VECTORS.search } });
  });
  checkFinite('the validation loss', [search.loss], iteration);
  stopwatch.wallMs += performance.now() - began;

  const settings = { ...step.settings, resting: freezing.frozen, weightsInto: VECTORS.train };
  const loss = await trainWeights(session, totals.weights, { ...step, settings });

  began = performance.now();
  const other = options.freeze === 'match' ? VECTORS.search : { [VECTORS.train]: 1, [VECTORS.search]: 1 };
  const scores = await supernet.call('operationCosines', { one: VECTORS.train, other });
  checkFinite('the match of the gradients in the weights', Object.values(scores), iteration);
  freezing.observe(scores);
  stopwatch.wallMs += performance.now() - began;
  return loss;
}
