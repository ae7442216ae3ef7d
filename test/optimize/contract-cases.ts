import type { MethodName } from '../../src/optimize/minimize/create-optimizer.ts';
import type { MinimizeOptions } from '../../src/optimize/minimize/minimize-options.ts';

export interface ContractCase {
  readonly method: MethodName;
  readonly options?: Partial<MinimizeOptions>;
  /** Whether the method can foresee steps. */
  readonly speculates?: boolean;
}

/** A window that forgets within the run, and phases that are short. */
const SHORT = { alternation: { minSteps: 3 }, dscd: { window: 25 } } as const;
const PAIRED = { acceptance: 'paired' } as const;

/** A setting of every method and mode, by a name for the test. */
export const CONTRACT_CASES: [string, ContractCase][] = [
  ['Adam', { method: 'adam' }],
  ['Adam on a cosine', { method: 'adam', options: { schedule: 'cosine' } }],
  ['Adam with warm restarts', { method: 'adam', options: { schedule: 'warm-restarts' } }],
  ['DSCD', { method: 'dscd', options: { dscd: { window: 25 } }, speculates: true }],
  ['DSCD that stays', { method: 'dscd', options: { dscd: { onReject: 'stay' } }, speculates: true }],
  ['DSCD, paired', { method: 'dscd', options: { dscd: PAIRED } }],
  ['Adam and DSCD', { method: 'adam+dscd', options: SHORT }],
  [
    'Adam and DSCD by count',
    { method: 'adam+dscd', options: { alternation: { minSteps: 5, switch: 'count' } }, speculates: true },
  ],
  ...(['best', 'first'] as const).flatMap((selection): [string, ContractCase][] => [
    [
      `Adam and DSCD, the ${selection} of 4`,
      { method: 'adam+dscd', options: { ...SHORT, dscd: { proposals: 4, selection, window: 25 } } },
    ],
    [
      `Adam and DSCD, paired with a margin, the ${selection} of 4`,
      { method: 'adam+dscd', options: { ...SHORT, dscd: { ...PAIRED, margin: 0.5, proposals: 4, selection } } },
    ],
    [
      `joint steps, the ${selection} of 4`,
      { method: 'adam+dscd', options: { mode: 'joint', dscd: { proposals: 4, selection } } },
    ],
    [
      `joint steps with a margin, the ${selection} of 4`,
      { method: 'adam+dscd', options: { mode: 'joint', dscd: { margin: 0.5, proposals: 4, selection } } },
    ],
  ]),
  ['CMA-ES', { method: 'cma-es' }],
  ['CMA-ES of few points', { method: 'cma-es', options: { cmaEs: { population: 3, sigma: 0.01 } } }],
  ['uniform sampling', { method: 'uniform', speculates: true }],
  ['basin hopping', { method: 'basin-hopping', options: { basinHopping: { interval: 3 } } }],
  ['coordinate descent', { method: 'coordinate-descent', options: { schedule: 'cosine' } }],
];
