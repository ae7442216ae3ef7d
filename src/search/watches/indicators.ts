import { curvaturePasses } from '../alpha-curvature.ts';
import { eigenvalueEvery } from './eigenvalue-watch.ts';
import type { StopOptions } from './judge-epoch.ts';

/**
 * Indicators of a collapse that a search can watch:
 * - `eigenvalue`: largest eigenvalue of the Hessian of the search loss in alpha (RobustDARTS, Zela et al. 2020)
 * - `skips`: number of skip connections of the cells that would be derived without `maxSkips` (DARTS+, Liang et al. 2019)
 * - `distance`: accuracy of the supernet, and of the cells that would be derived, with the supernet's own weights
 */
export const INDICATORS = ['eigenvalue', 'skips', 'distance'] as const;
export type Indicator = (typeof INDICATORS)[number];

/** Number of mini-batches that the distance is measured on, if an epoch has so many. */
const DISTANCE_BATCHES = 4;

/** Epochs from one eigenvalue to the next if nothing goes by it, as in RobustDARTS's repository. */
const EIGENVALUE_EVERY = 2;

/** Options that say what a search measures after its epochs. */
export type WatchOptions = Pick<StopOptions, 'eigenvalueRise' | 'stopSkips'> & { readonly watch: readonly Indicator[] };

/** Lists the indicators that a search measures: those that it watches, and those that may stop it. */
export function indicatorsOf({ watch, eigenvalueRise, stopSkips }: WatchOptions): ReadonlySet<Indicator> {
  const indicators = new Set(watch);
  if (eigenvalueRise !== 'none') indicators.add('eigenvalue');
  if (stopSkips !== null) indicators.add('skips');
  return indicators;
}

/**
 * Whether an eigenvalue is taken after an epoch: after the first, every second from there, and the last. A search that
 * goes by it has the spacing of `eigenvalueEvery`.
 *
 * @param epoch number of the epoch, from 0
 */
export function takesEigenvalue(
  epoch: number,
  epochs: number,
  { eigenvalueRise }: Pick<StopOptions, 'eigenvalueRise'>,
): boolean {
  const every = eigenvalueRise === 'none' ? EIGENVALUE_EVERY : eigenvalueEvery(epochs);
  return epoch % every === 0 || epoch === epochs - 1;
}

/**
 * Number of mini-batches that the distance is measured on.
 *
 * @param iterations number of iterations of an epoch
 */
export function distanceBatches(iterations: number): number {
  return Math.min(DISTANCE_BATCHES, iterations);
}

/** Size of a search, by which its watches cost. */
export interface WatchedSearch {
  readonly epochs: number;
  /** Number of iterations of an epoch. */
  readonly iterations: number;
  /** Number of coordinates of alpha. */
  readonly coordinates: number;
}

/** Number of gradients in the mixing weights that the indicators take in a whole search, each on a mini-batch. */
export function watchPasses(options: WatchOptions, { epochs, iterations, coordinates }: WatchedSearch): number {
  const indicators = indicatorsOf(options);
  const taken = Array.from({ length: epochs }, (_, epoch) => takesEigenvalue(epoch, epochs, options));
  return (
    (indicators.has('eigenvalue') ? taken.filter(Boolean).length * curvaturePasses(coordinates) : 0) +
    (indicators.has('distance') ? epochs * 2 * distanceBatches(iterations) : 0)
  );
}
