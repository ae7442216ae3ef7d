import { darts } from './darts.ts';
import type { SearchMethod } from './method.ts';

/** DARTS with the paper's alternation of Adam and DSCD on alpha. */
export const dartsDscd: SearchMethod = {
  ...darts,
  name: 'darts+dscd',
  summary: 'DARTS with Adam and DSCD alternating on alpha',
  alphaMoves: 'local+global',
};
