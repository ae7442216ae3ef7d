import { eigenvalueEvery } from './eigenvalue-watch.ts';

/**
 * Indicators of a collapse that a search can watch:
 * - `eigenvalue`: largest eigenvalue of the Hessian of the search loss in alpha (RobustDARTS, Zela et al. 2020)
 * - `skips`: number of skip connections of the cells that would be derived (DARTS+, Liang et al. 2019)
 * - `distance`: accuracy of the supernet, and of the cells that would be derived, with the supernet's own weights
 */
export const INDICATORS = ['eigenvalue', 'skips', 'distance'] as const;
export type Indicator = (typeof INDICATORS)[number];

/**
 * Whether an eigenvalue is taken after an epoch: after the first, from there in the spacing of `eigenvalueEvery`, and
 * after the last.
 *
 * @param epoch number of the epoch, from 0
 */
export function takesEigenvalue(epoch: number, epochs: number): boolean {
  return epoch % eigenvalueEvery(epochs) === 0 || epoch === epochs - 1;
}
