import { FAIR_DARTS_PRIMITIVES } from '../space/primitives.ts';
import type { SearchMethod } from './method.ts';

/**
 * FairDARTS (Chu et al. 2020): a sigmoid for every operation, the zero-one loss, Adam on alpha from 0, and a threshold
 * that derives the cells. With `+dscd` it is the paper's method.
 */
export const fairDarts: SearchMethod = {
  name: 'fair-darts',
  summary: 'sigmoid per operation, zero-one loss, Adam on alpha',
  primitives: FAIR_DARTS_PRIMITIVES,
  relaxation: 'sigmoid',
  alphaMoves: 'local',
  rule: 'threshold_sparse',
  dialect: 'triples',
  initialAlpha: (size) => new Float64Array(size),
  defaults: {
    batch: 128,
    weightsLearningRate: 0.005,
    weightsLearningRateEnd: 0.001,
    alphaLearningRate: 3e-3,
    alphaBeta1: 0.9,
    zeroOneWeight: 10,
    threshold: 0.85,
  },
};

/**
 * The random baseline, in FairDARTS's space: alphas are drawn once, uniformly over the domain of the proposals, and
 * never move; only w is trained. A search that does not beat it has found nothing.
 */
export const random: SearchMethod = {
  ...fairDarts,
  name: 'random',
  summary: 'alphas drawn once and kept: the baseline',
  alphaMoves: 'none',
  initialAlpha: (size, generator, [low, high]) =>
    Float64Array.from({ length: size }, () => low + (high - low) * generator.uniform()),
};
