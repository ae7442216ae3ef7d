import { darts } from './darts.ts';
import type { SearchMethod } from './method.ts';

/**
 * OLES (Jiang et al. 2023, "Operation-level early stopping for robustifying differentiable NAS", Algorithm 1): DARTS that freezes
 * the weights of an operation until the end once its gradients on the training and on the search mini-batch point in different
 * directions: it overfits. `freeze` of the options says by which scores. The default is that of the authors' code: by the
 * one that the paper means, their threshold of 0.4 froze all operations of a search of preset `quick` after the first 20 iterations.
 */
export const oles: SearchMethod = {
  ...darts,
  name: 'oles',
  summary: 'DARTS that freezes the weights of operations that overfit',
  defaults: { ...darts.defaults, freeze: 'match-sum' },
};
