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

/**
 * SmoothDARTS with attacks, SDARTS-ADV (Chen and Hsieh 2020, Algorithm 1; `attacker/perturb.py` of its repository): as
 * `sdarts-rs`, but a step on w sees the mixing weights within the perturbations that make its loss large (`attack`). The attack
 * starts at random, and takes seven moves on the mini-batch of the step, by running statistics.
 */
export const sdartsAdv: SearchMethod = {
  ...darts,
  name: 'sdarts-adv',
  summary: 'DARTS whose steps on w see the worst mixing weights near alpha’s',
  defaults: { ...darts.defaults, weightsMixing: 'attack' },
};
