import type { MinimizeOptions } from '../../src/optimize/minimize/minimize-options.ts';
import type { NoiseLevel } from './noise-objective.ts';

/** As many as a search with FairDARTS has: 2 cells, 14 edges, 7 primitives. */
export const COORDINATES = 196;

export const LEVELS = {
  A: { offset: 1.7, paired: 0.2 },
  B: { offset: 11, paired: 0.6 },
  C: { offset: 33, paired: 2 },
  D: { offset: 52, paired: 6 },
} as const satisfies Record<string, NoiseLevel>;

export type LevelName = keyof typeof LEVELS;

/** Of the search with FairDARTS. */
const ADAM = { method: 'adam+dscd', learningRate: 3e-3 } as const;

/** Ways to accept a proposal. Window: K = 1000. p4: 4 proposals a step. Margin: 1 standard deviation. */
export const RULES = {
  adam: { ...ADAM, method: 'adam' },
  'window-return': ADAM,
  'window-stay': { ...ADAM, dscd: { onReject: 'stay' } },
  'paired-p1': { ...ADAM, dscd: { acceptance: 'paired' } },
  'paired-p4': { ...ADAM, dscd: { acceptance: 'paired', proposals: 4 } },
  'paired-p4-margin': { ...ADAM, dscd: { acceptance: 'paired', proposals: 4, margin: 1 } },
  'joint-p4': { ...ADAM, mode: 'joint', dscd: { acceptance: 'paired', proposals: 4 } },
  'joint-p4-margin': { ...ADAM, mode: 'joint', dscd: { acceptance: 'paired', proposals: 4, margin: 1 } },
} as const satisfies Record<string, Omit<MinimizeOptions, 'evaluations'>>;

export type RuleName = keyof typeof RULES;

export const LEVEL_NAMES = Object.keys(LEVELS) as LevelName[];
export const RULE_NAMES = Object.keys(RULES) as RuleName[];
