import { fairDarts } from './fair-darts.ts';
import type { SearchMethod } from './method.ts';

/** FairDARTS + DSCD, the paper's method: Algorithm 1 alternates Adam with doubly stochastic coordinate descent. */
export const fairDartsDscd: SearchMethod = {
  ...fairDarts,
  name: 'fair-darts+dscd',
  summary: 'FairDARTS with Adam and DSCD alternating on alpha (the paper)',
  alphaMoves: 'local+global',
};
