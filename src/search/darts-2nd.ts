import { darts } from './darts.ts';
import type { SearchMethod } from './method.ts';

/**
 * DARTS, second order (Liu et al. 2019, eq. 6-8; `cnn/architect.py` of its repository): the step on alpha differentiates
 * through the step on w to come. RobustDARTS (Zela et al. 2020) searches by it. Constants are those of first order.
 */
export const dartsSecond: SearchMethod = {
  ...darts,
  name: 'darts-2nd',
  summary: 'DARTS, second order: alpha’s gradient goes through a step on w',
  defaults: { ...darts.defaults, alphaGradient: 'unrolled' },
};
