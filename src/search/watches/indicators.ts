import { curvaturePasses } from '../alpha-curvature.ts';
import { eigenvalueEvery } from './eigenvalue-watch.ts';

/**
 * Indicators of a collapse that a search can watch:
 * - `eigenvalue`: largest eigenvalue of the Hessian of the search loss in alpha (RobustDARTS, Zela et al. 2020)
 * - `skips`: number of skip connections of the cells that would be derived (DARTS+, Liang et al. 2019)
 * - `distance`: accuracy of the supernet, and of the cells that would be derived, with the supernet's own weights
 */
export const INDICATORS = ['eigenvalue', 'skips', 'distance'] as const;
export type Indicator = (typeof INDICATORS)[number];

/** Number of mini-batches that the distance is measured on, if an epoch has so many. */
const DISTANCE_BATCHES = 4;

/** Options of a search that name what it measures after epochs. */
interface WatchOptions {
  readonly watch: readonly Indicator[];
  readonly eigenvalueRise: string;
  readonly stopSkips: number | null;
}

/** Indicators that a search measures: those that it watches, and those that may stop it. */
export function indicatorsOf({ watch, eigenvalueRise, stopSkips }: WatchOptions): ReadonlySet<Indicator> {
  const indicators = new Set(watch);
  if (eigenvalueRise !== 'none') indicators.add('eigenvalue');
  if (stopSkips !== null) indicators.add('skips');
  return indicators;
}

/**
 * Whether an eigenvalue is taken after an epoch: after the first, from there in the spacing of `eigenvalueEvery`, and
 * after the last.
 *
 * @param epoch number of the epoch, from 0
 */
export function takesEigenvalue(epoch: number, epochs: number): boolean {
  return epoch % eigenvalueEvery(epochs) === 0 || epoch === epochs - 1;
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

/** Number of gradients in the mixing weights that indicators take in a whole search, each on a mini-batch. */
export function watchPasses(
  indicators: ReadonlySet<Indicator>,
  { epochs, iterations, coordinates }: WatchedSearch,
): number {
  const taken = Array.from({ length: epochs }, (_, epoch) => takesEigenvalue(epoch, epochs)).filter(Boolean).length;
  return (
    (indicators.has('eigenvalue') ? taken * curvaturePasses(coordinates) : 0) +
    (indicators.has('distance') ? epochs * 2 * distanceBatches(iterations) : 0)
  );
}
