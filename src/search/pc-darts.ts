import { darts } from './darts.ts';
import type { SearchMethod } from './method.ts';

/**
 * PC-DARTS (Xu et al. 2020, "PC-DARTS: partial channel connections for memory-efficient architecture search", eq. 2-3): operations
 * mix a quarter of the channels and the others pass by, and one more parameter for each edge, beta, weighs the edges of a
 * node against each other. Constants are those of `train_search.py` of its repository, which always mixes the first channels;
 * alpha and beta rest for 15 of 50 epochs. The paper mixes random channels: option `channelChoice`.
 */
export const pcDarts: SearchMethod = {
  ...darts,
  name: 'pc-darts',
  summary: 'DARTS on a quarter of the channels, with weights of edges',
  relaxation: 'edge-normalized',
  defaults: {
    ...darts.defaults,
    batch: 256,
    weightsLearningRate: 0.1,
    weightsLearningRateEnd: 0,
    alphaLearningRate: 6e-4,
    alphaRest: 15,
    partialChannels: 4,
  },
};
