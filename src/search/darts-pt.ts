import { FAIR_DARTS_PRIMITIVES } from '../space/primitives.ts';
import { darts } from './darts.ts';
import type { SearchMethod } from './method.ts';

/**
 * DARTS-PT (Wang et al. 2021, "Rethinking architecture selection in differentiable NAS", Algorithm 1; `sota/cnn/projection.py` of
 * its repository): DARTS whose cells come from what the supernet loses without each operation, not from alpha
 * (`SearchOptions.deriveBy`). The space has no `none`, as there.
 */
export const dartsPt: SearchMethod = {
  ...darts,
  name: 'darts-pt',
  summary: 'DARTS, cells by what the supernet loses without an operation',
  primitives: FAIR_DARTS_PRIMITIVES,
  defaults: { ...darts.defaults, deriveBy: 'projection' },
};

/** DARTS-PT without alpha, `blank` in the same paper: alpha stays where it starts, and projections alone make the cells. */
export const dartsPtBlank: SearchMethod = {
  ...dartsPt,
  name: 'darts-pt-blank',
  summary: 'DARTS-PT whose alpha stays where it starts',
  alphaMoves: 'none',
};
