import { darts } from './darts.ts';
import type { SearchMethod } from './method.ts';

/**
 * DARTS-ES (Zela et al. 2020, "Understanding and robustifying differentiable architecture search"): DARTS that stops once
 * the curvature in alpha grows. Its cells are those of an epoch before. The authors search by second order, this by first.
 */
export const dartsEs: SearchMethod = {
  ...darts,
  name: 'darts-es',
  summary: 'DARTS that stops once the curvature in alpha grows',
  defaults: { ...darts.defaults, eigenvalueRise: 'stop' },
};

/**
 * DARTS+ (Liang et al. 2019, "DARTS+: improved differentiable architecture search with early stopping"): DARTS that stops
 * once its normal cell would have two skip connections.
 */
export const dartsPlus: SearchMethod = {
  ...darts,
  name: 'darts-plus',
  summary: 'DARTS that stops once its normal cell would have two skip connections',
  defaults: { ...darts.defaults, stopSkips: 2 },
};
