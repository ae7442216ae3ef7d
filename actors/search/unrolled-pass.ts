import type {
  GradientsOptions,
  MixingGradientResult,
  MixingWeights,
  WeightsStepSettings,
} from '../../src/engine/engine.ts';
import { unrolledGradient } from '../../src/search/unrolled-gradient.ts';
import { keyOf } from './key-of.ts';
import type { SearchSession } from './search-session.ts';

/**
 * Takes the gradient in the mixing weights through one step on w, for a step on alpha: second-order DARTS. The step looked
 * through is the one to come, with its mini-batch, at the learning rate of this epoch; it sees the mixing weights of
 * alpha.
 *
 * @param settings of a step on w in this epoch
 * @returns with the loss after that step; with DSCD the loss at w as it is, by which proposals are judged
 */
export async function passUnrolled(
  { method, miniBatches, options, supernet }: SearchSession,
  iteration: number,
  mixing: MixingWeights,
  settings: WeightsStepSettings,
): Promise<MixingGradientResult> {
  const keys = { train: keyOf('weights', iteration + 1), search: keyOf('alpha', iteration) };
  const gradients = (half: keyof typeof keys, at: GradientsOptions): Promise<MixingGradientResult> => {
    return miniBatches.use(keys[half], (miniBatchName) => {
      return supernet.call('gradients', { miniBatchName, mixing, options: at });
    });
  };
  const vectorNorm = (vector: string): Promise<number> => supernet.call('vectorNorm', { vector });
  const kinks = options.alphaGradient === 'unrolled-plain' ? 'plain' : 'held';
  const unrolled = await unrolledGradient({ gradients, vectorNorm }, { ...settings, kinks });
  if (method.alphaMoves !== 'local+global') return unrolled;
  const { loss, perExample } = await gradients('search', {});
  return { ...unrolled, loss, perExample };
}
