import { DARTS_PRIMITIVES } from '../space/primitives.ts';
import type { SearchMethod } from './method.ts';

/** Standard deviation of DARTS's initial alphas. */
const INITIAL_SD = 1e-3;

/**
 * DARTS, first order (Liu et al. 2019): a softmax over each edge's primitives, Adam on alpha, the top two edges of
 * each node.
 */
export const darts: SearchMethod = {
  name: 'darts',
  summary: 'softmax per edge, Adam on alpha, first order',
  primitives: DARTS_PRIMITIVES,
  relaxation: 'softmax',
  alphaMoves: 'local',
  rule: 'top2',
  dialect: 'pairs',
  initialAlpha: (size, random) => Float64Array.from({ length: size }, () => INITIAL_SD * random.normal()),
  defaults: {
    batch: 64,
    weightsLearningRate: 0.025,
    weightsLearningRateEnd: 0.001,
    alphaLearningRate: 3e-4,
    alphaBeta1: 0.5,
    zeroOneWeight: 0,
    threshold: null,
  },
};
