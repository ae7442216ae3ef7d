/*
 * Numbers of the DARTS family that change from epoch to epoch. Epochs count from 0; a search has `epochs` of them.
 */

/**
 * Weight of DARTS-'s auxiliary skip connection, beta (Chu et al. 2021, "DARTS-: robustly stepping out of performance
 * collapse without indicators", Algorithm 1; `src/utils.py` of its repository). It falls from 1, and would be 0 in the epoch after the last.
 */
export function auxiliarySkipWeight(epoch: number, epochs: number, decay: 'linear' | 'cosine' = 'linear'): number {
  return decay === 'linear' ? 1 - epoch / epochs : (1 + Math.cos((Math.PI * epoch) / epochs)) / 2;
}

/**
 * Size of SmoothDARTS's perturbations, epsilon (Chen and Hsieh 2020; `sota/cnn/train_search.py` of its repository). It rises
 * linearly, and would reach the largest in the epoch after the last.
 *
 * @param smallest in the first epoch
 */
export function perturbationSize(epoch: number, epochs: number, smallest = 0.03, largest = 0.3): number {
  return smallest + ((largest - smallest) * epoch) / epochs;
}

/**
 * Temperature of GDAS, tau (Dong and Yang 2019; `GDAS.py` of its repository). It falls linearly from the first epoch to the last.
 *
 * @param start in the first epoch; the only one if there is one
 */
export function temperature(epoch: number, epochs: number, start = 10, end = 0.1): number {
  return epochs === 1 ? start : start - ((start - end) * epoch) / (epochs - 1);
}

/**
 * Probability of dropping a path in a search (ScheduledDropPath, Zoph et al. 2018, as RobustDARTS uses it). It rises
 * linearly from 0 in the first epoch to the largest in the last, and stays there in a tuning.
 */
export function dropProbability(epoch: number, epochs: number, largest: number): number {
  return epochs === 1 ? 0 : (largest * Math.min(epoch, epochs - 1)) / (epochs - 1);
}
