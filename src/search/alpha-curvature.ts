import { hessianProduct } from '../math/hessian-product.ts';
import {
  type EigenvalueEstimate,
  type LargestEigenvalueOptions,
  largestEigenvalue,
  MOST_PRODUCTS,
} from '../math/largest-eigenvalue.ts';
import type { Random } from '../math/random.ts';

/**
 * Gradient of the search loss in alpha, by batch statistics and without weight decay, always on the same mini-batch.
 *
 * @param kinks what `GradientsOptions` calls so: what ReLUs and max pools go by
 */
export type CurvatureGradient = (alpha: Float64Array, kinks: 'free' | 'keep' | 'hold') => Promise<Float64Array>;

export interface CurvatureOptions extends LargestEigenvalueOptions {
  /**
   * `held` holds ReLUs and max pools to what they do at alpha: the eigenvalue is that of the Hessian. `plain` lets them
   * switch: it is that of the landscape smoothed over the radius, another quantity. @default 'held'
   */
  readonly kinks?: 'held' | 'plain';
  /** Distance of each side from alpha. @default 0.01 if held, else 0.3 */
  readonly radius?: number;
}

/** Number of gradients that `alphaCurvature` takes at its defaults, at most. It takes fewer only where H has few eigenvalues. */
export function curvaturePasses(coordinates: number): number {
  return 1 + 2 * Math.min(MOST_PRODUCTS, coordinates);
}

/**
 * Estimates the largest eigenvalue of the Hessian of the search loss in alpha, both kinds of cell together (RobustDARTS, Zela
 * et al. 2020), by Lanczos's method on differences of gradients. Takes two passes a product; if held, one more at first.
 *
 * @param random draws the start
 * @throws RangeError if a gradient is not finite
 */
export async function alphaCurvature(
  gradient: CurvatureGradient,
  alpha: Float64Array,
  random: Random,
  { kinks = 'held', radius = kinks === 'held' ? 0.01 : 0.3, ...options }: CurvatureOptions = {},
): Promise<EigenvalueEstimate> {
  if (kinks === 'held') await gradient(alpha, 'keep');
  const at = (point: Float64Array): Promise<Float64Array> => gradient(point, kinks === 'held' ? 'hold' : 'free');
  return await largestEigenvalue((vector) => hessianProduct(at, alpha, vector, radius), alpha.length, random, options);
}
