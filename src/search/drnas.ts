import { FAIR_DARTS_PRIMITIVES } from '../space/primitives.ts';
import { darts } from './darts.ts';
import type { SearchMethod } from './method.ts';

/**
 * DrNAS (Chen et al. 2021, "DrNAS: Dirichlet neural architecture search"): alpha gives the concentrations of a Dirichlet
 * distribution for each edge, from which every pass draws its mixing weights. The search has two stages: after the first, each edge
 * keeps its four strongest operations, and the supernet is widened from a sixth of its channels to a quarter. Alpha rests for
 * the first 10 of the 25 epochs of each. The cells come from the distribution's mean, as in the paper. Constants are those of its
 * repository (`DARTS-space/train_search.py`), whose space has no `none`, and whose networks have 36 channels and 20 cells.
 * Alpha decays towards concentrations of 1; `alphaPrior` `kl` is the paper's other regularizer.
 */
export const drnas: SearchMethod = {
  ...darts,
  name: 'drnas',
  summary: 'mixing weights drawn from Dirichlet distributions, in two stages',
  primitives: FAIR_DARTS_PRIMITIVES,
  relaxation: 'dirichlet',
  defaults: {
    ...darts.defaults,
    weightsLearningRate: 0.1,
    weightsLearningRateEnd: 0,
    alphaLearningRate: 6e-4,
    alphaRest: 10,
    stages: 2,
    keptOperations: 4,
    partialChannels: 6,
    partialChannelsEnd: 4,
  },
};
