import { OptionsError } from '../options/parse-options.ts';
import { isDrawn } from '../space/drawn-relaxation.ts';
import type { SearchMethod } from './method.ts';

/** Ending of the names of methods with DSCD. */
export const DSCD_ENDING = '+dscd';

/**
 * Derives the method that moves alpha by Adam and DSCD in turn, as in the paper's Algorithm 1. It goes by the method's name
 * with `+dscd` after it; all other choices stay.
 *
 * @throws OptionsError if the method draws its mixing weights: their losses say nothing about one alpha against another; or
 *   if it weighs edges
 */
export function withDscd(method: SearchMethod): SearchMethod {
  const name = `${method.name}${DSCD_ENDING}`;
  if (isDrawn(method.relaxation)) {
    throw new OptionsError(
      `method ${name} does not exist: ${method.name} draws mixing weights anew in each pass, so DSCD cannot compare alphas`,
    );
  }
  if (method.relaxation === 'edge-normalized') {
    throw new OptionsError(
      `method ${name} does not exist: ${method.name} also weighs edges, for which DSCD has no proposals`,
    );
  }
  return {
    ...method,
    name,
    summary: `${method.name} with Adam and DSCD alternating on alpha`,
    alphaMoves: 'local+global',
  };
}
