import { darts } from './darts.ts';
import type { SearchMethod } from './method.ts';

/**
 * SmoothDARTS with random perturbations, SDARTS-RS (Chen and Hsieh 2020, "Stabilizing differentiable architecture search via
 * perturbation-based regularization", Algorithm 1): DARTS whose steps on w see perturbed mixing weights, so that w is good
 * in a neighborhood of alpha. The step on alpha sees alpha's own. The perturbations grow from 0.03 to 0.3
 * (`perturbationSize`).
 */
export const sdartsRs: SearchMethod = {
  ...darts,
  name: 'sdarts-rs',
  summary: 'DARTS whose steps on w see perturbed mixing weights',
  defaults: { ...darts.defaults, weightsMixing: 'perturbed' },
};
