import { z } from 'zod';
import { parseOptions, readRecorded } from '../options/parse-options.ts';
import type { AlphaShape } from '../space/alpha.ts';
import type { SearchMethod } from './method.ts';
import { findMethod } from './methods.ts';
import { recordedSearchOptionsSchema } from './options-schema.ts';

/** All that deriving cells from an alpha takes besides the alpha. */
export interface Derivation {
  readonly method: SearchMethod;
  /** Threshold of the method's rule; null if it has none. */
  readonly threshold: number | null;
  readonly shape: AlphaShape;
}

const { method, nodes, threshold } = recordedSearchOptionsSchema.shape;

/** The recorded options that matter here. Runs of other versions may have others besides. */
const derivationSchema = z.object({ method, nodes, threshold });

/**
 * Reads from a search's record how its cells are derived.
 *
 * @param recorded options in the record, of any version
 * @param own the caller's own method, if the run began with it
 * @throws OptionsError if they are damaged, or the run's own method is missing
 */
export function readDerivation(recorded: unknown, own?: SearchMethod): Derivation {
  const { method: name, nodes, threshold } = readRecorded(() => parseOptions(derivationSchema, recorded));
  const found = findMethod(name, own);
  return { method: found, threshold, shape: { nodes, primitives: found.primitives } };
}
