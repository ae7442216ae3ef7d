import { z } from 'zod';
import { LATER_SEARCH_OPTIONS } from '../options/later-options.ts';
import { OptionsError, parseOptions, readRecorded } from '../options/parse-options.ts';
import type { AlphaShape } from '../space/alpha.ts';
import { needsThreshold } from '../space/discretize.ts';
import { alphaShapeOf } from './alpha-shape.ts';
import type { SearchMethod } from './method.ts';
import { findMethod } from './methods.ts';
import { recordedSearchOptionsSchema, type SearchOptions } from './options-schema.ts';
import { limitsSkips } from './skips.ts';

/** All that deriving cells from an alpha takes besides the alpha. */
export interface Derivation {
  readonly method: SearchMethod;
  /** Threshold of the method's rule; null if it has none. */
  readonly threshold: number | null;
  /** Largest number of skip connections of the normal cell; null limits nothing. @default null */
  readonly maxSkips?: number | null;
  readonly shape: AlphaShape;
  /** Whether alpha tells the cells: not if they come from projections. */
  readonly deriveBy: SearchOptions['deriveBy'];
}

const { method, space, nodes, threshold, maxSkips, deriveBy } = recordedSearchOptionsSchema.shape;

/** The recorded options that matter here. Runs of other versions may have others besides. */
const derivationSchema = z.object({
  method,
  nodes,
  threshold,
  space: space.default(LATER_SEARCH_OPTIONS.space),
  maxSkips: maxSkips.default(LATER_SEARCH_OPTIONS.maxSkips),
  deriveBy: deriveBy.default(LATER_SEARCH_OPTIONS.deriveBy),
});

/**
 * Reads from a search's record how its cells are derived.
 *
 * @param recorded options in the record, of any version
 * @param own the caller's own method, if the run began with it
 * @throws OptionsError if they are damaged, or the run's own method is missing
 */
export function readDerivation(recorded: unknown, own?: SearchMethod): Derivation {
  const options = readRecorded(() => parseOptions(derivationSchema, recorded));
  const { threshold, maxSkips, deriveBy } = options;
  const method = findMethod(options.method, own);
  const shape = readRecorded(() => alphaShapeOf(method, options.space, options.nodes));
  return withMaxSkips(withThreshold({ method, threshold, shape, deriveBy }, threshold), maxSkips);
}

/**
 * Replaces the threshold.
 *
 * @param threshold from 0 to 1, both excluded; null if the method's rule has none
 * @throws OptionsError if it is not that
 */
export function withThreshold(derivation: Derivation, threshold: number | null): Derivation {
  const { rule, name } = derivation.method;
  if (!needsThreshold(rule) && threshold !== null) {
    throw new OptionsError(`${name} derives its cells without a threshold, got ${threshold}`);
  }
  if (needsThreshold(rule) && !(threshold !== null && threshold > 0 && threshold < 1)) {
    throw new OptionsError(`the threshold of ${name} must be a number above 0 and below 1, got ${threshold}`);
  }
  return { ...derivation, threshold };
}

/**
 * Replaces the largest number of skip connections of the normal cell.
 *
 * @param maxSkips at least 0; null limits nothing
 * @throws OptionsError if it is not that, or the method's rule takes no limit
 */
export function withMaxSkips(derivation: Derivation, maxSkips: number | null): Derivation {
  const { rule, name } = derivation.method;
  if (maxSkips !== null && !limitsSkips(rule)) {
    throw new OptionsError(
      `${name} derives its cells by a threshold, without a limit of skip connections, got ${maxSkips}`,
    );
  }
  if (maxSkips !== null && !(Number.isInteger(maxSkips) && maxSkips >= 0)) {
    throw new OptionsError(`the largest number of skip connections must be an integer of at least 0, got ${maxSkips}`);
  }
  return { ...derivation, maxSkips };
}
