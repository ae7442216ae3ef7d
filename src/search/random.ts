import { fairDarts } from './fair-darts.ts';
import type { SearchMethod } from './method.ts';

/**
 * The random baseline: alphas drawn once, uniformly over the domain of the proposals, and never moved; only the
 * weights are trained. A search that does not beat it has found nothing.
 */
export const random: SearchMethod = {
  ...fairDarts,
  name: 'random',
  summary: 'alphas drawn once and kept: the baseline',
  alphaMoves: 'none',
  initialAlpha: (size, generator, [low, high]) =>
    Float64Array.from({ length: size }, () => low + (high - low) * generator.uniform()),
};
