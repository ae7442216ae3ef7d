import { checkNotNegative, checkPositiveInteger } from '../checks.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';

export interface LbfgsOptions {
  /** `[coordinates]` start; copied, and moved to the edge of the domain if outside */
  readonly start: ArrayLike<number>;
  /** `[lo, hi]` domain of every coordinate; no point leaves it. @default [-5, 5] */
  readonly domain?: readonly [number, number];
  /** m: number of past steps that estimate the curvature. @default 10 */
  readonly history?: number;
  /** Largest number of line searches; each takes one evaluation or a few. @default 1000 */
  readonly iterations?: number;
  /**
   * Largest coordinate of the projected gradient at which the search ends, as a share of the largest at its start.
   * @default 1e-10
   */
  readonly gradientTolerance?: number;
  /** Largest decrease at which the search ends, as a share of the loss. @default 1e-10 */
  readonly decreaseTolerance?: number;
}

const NAMES: OptionNames<LbfgsOptions> = {
  start: true,
  domain: true,
  history: true,
  iterations: true,
  gradientTolerance: true,
  decreaseTolerance: true,
};

/** Options of L-BFGS with nothing left open. */
export type LbfgsSettings = Required<Omit<LbfgsOptions, 'start'>>;

/**
 * Fills in the defaults of L-BFGS.
 *
 * @throws RangeError if there is no option of a name, or a value breaks its rule
 */
export function resolveLbfgsOptions(options: LbfgsOptions): LbfgsSettings {
  checkOptionNames('L-BFGS', options, NAMES);
  const { domain = [-5, 5], history = 10, iterations = 1000 } = options;
  const { gradientTolerance = 1e-10, decreaseTolerance = 1e-10 } = options;
  checkPositiveInteger('history', history);
  checkPositiveInteger('iterations', iterations);
  checkNotNegative('gradientTolerance', gradientTolerance);
  checkNotNegative('decreaseTolerance', decreaseTolerance);
  return { domain: [domain[0], domain[1]], history, iterations, gradientTolerance, decreaseTolerance };
}
