import { FAIR_DARTS_PRIMITIVES } from '../space/primitives.ts';
import { darts } from './darts.ts';
import type { SearchMethod } from './method.ts';

/**
 * DrNAS (Chen et al. 2021, "DrNAS: Dirichlet neural architecture search"): alpha gives the concentrations of a Dirichlet
 * distribution for each edge, from which every pass draws its mixing weights. The cells come from the distribution's mean, as in the
 * paper. Constants are those of its repository (`DARTS-space/train_search.py`), whose space has no `none`. Its progressive stages are
 * left out. Its partial channels, and the rest of alpha in the first 10 epochs of each stage, are the options `partialChannels` and
 * `alphaRest`. Alpha decays towards concentrations of 1; `alphaPrior` `kl` is the paper's other regularizer.
 */
export const drnas: SearchMethod = {
  ...darts,
  name: 'drnas',
  summary: 'mixing weights drawn from Dirichlet distributions',
  primitives: FAIR_DARTS_PRIMITIVES,
  relaxation: 'dirichlet',
  defaults: { ...darts.defaults, weightsLearningRate: 0.1, weightsLearningRateEnd: 0, alphaLearningRate: 6e-4 },
};
