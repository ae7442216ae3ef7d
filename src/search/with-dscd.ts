import type { SearchMethod } from './method.ts';

/** Ending of the names of methods with DSCD. */
export const DSCD_ENDING = '+dscd';

/**
 * Derives the method that moves alpha by Adam and DSCD in turn, as in the paper's Algorithm 1. It goes by the method's name
 * with `+dscd` after it; all other choices stay.
 */
export function withDscd(method: SearchMethod): SearchMethod {
  return {
    ...method,
    name: `${method.name}${DSCD_ENDING}`,
    summary: `${method.name} with Adam and DSCD alternating on alpha`,
    alphaMoves: 'local+global',
  };
}
