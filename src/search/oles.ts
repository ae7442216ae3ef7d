import { darts } from './darts.ts';
import type { SearchMethod } from './method.ts';

/**
 * OLES (Jiang et al. 2023, "Operation-level early stopping for robustifying differentiable NAS", Algorithm 1): DARTS that freezes
 * the weights of an operation until the end once its gradients on the training and on the search mini-batch point in different
 * directions: it overfits. `freeze` of the options says by which score, and what differs from the authors' repository.
 */
export const oles: SearchMethod = {
  ...darts,
  name: 'oles',
  summary: 'DARTS that freezes the weights of operations that overfit',
  defaults: { ...darts.defaults, freeze: 'match' },
};
