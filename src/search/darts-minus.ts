import { darts } from './darts.ts';
import type { SearchMethod } from './method.ts';

/**
 * DARTS- (Chu et al. 2021, "DARTS-: robustly stepping out of performance collapse without indicators", eq. 4 and
 * Algorithm 1): DARTS with one more skip connection on every edge, which helps the training in place of the candidate
 * one. Its weight, the same on all edges, falls linearly from 1 (`auxiliarySkipWeight`). Steps on w and on alpha, proposals
 * and accuracies all see it; the derived cells do not have it.
 */
export const dartsMinus: SearchMethod = {
  ...darts,
  name: 'darts-',
  summary: 'DARTS with an auxiliary skip on every edge, which fades',
  auxiliarySkip: true,
};
