import { minimize } from '../../src/optimize/minimize/minimize.ts';
import type { MinimizeOptions } from '../../src/optimize/minimize/minimize-options.ts';
import { type NoiseLevel, NoisyWells } from './noise-objective.ts';

/** Number of coordinates, which is that of a search with FairDARTS: 2 cells, 14 edges, 7 primitives. */
export const COORDINATES = 196;

export const LEVELS = {
  A: { offset: 1.7, paired: 0.2 },
  B: { offset: 11, paired: 0.6 },
  C: { offset: 33, paired: 2 },
  D: { offset: 52, paired: 6 },
} as const satisfies Record<string, NoiseLevel>;

export type LevelName = keyof typeof LEVELS;

/** Optimizer of the search with FairDARTS. */
const ADAM = { method: 'adam+dscd', learningRate: 3e-3 } as const;

/** Rules of acceptance. Window: K = 1000. p4: 4 proposals a step. Margin: 1 standard deviation. */
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

/** One run of one rule at one level of noise. */
export interface NoiseTask {
  readonly level: LevelName;
  readonly rule: RuleName;
  readonly seed: number;
  /** Budget of evaluations. */
  readonly steps: number;
}

/** Result of a run: a line of `results.jsonl`. */
export interface NoiseResult {
  readonly level: LevelName;
  readonly rule: RuleName;
  readonly seed: number;
  readonly evaluations: number;
  readonly gradients: number;
  /** True loss at the end of the run, above the best loss; unit: the mean gain of a coordinate. */
  readonly finalLoss: number;
  /** Number of steps with proposals, and of those that took one. */
  readonly globalSteps: number;
  readonly accepted: number;
  readonly seconds: number;
}

/** Makes one run, on a thread. All rules and levels of a seed share the wells, the start and the mini-batches. */
export async function runNoise({ level, rule, seed, steps }: NoiseTask): Promise<NoiseResult> {
  const objective = new NoisyWells(COORDINATES, LEVELS[level], seed);
  let [globalSteps, accepted] = [0, 0];
  const startedAt = performance.now();
  const result = await minimize(objective, {
    ...RULES[rule],
    seed,
    coordinates: COORDINATES,
    evaluations: steps,
    onProgress: ({ outcome }) => {
      if (outcome === null || outcome.kind === 'local') return;
      globalSteps++;
      if (outcome.accepted !== null) accepted++;
    },
  });
  return {
    level,
    rule,
    seed,
    evaluations: result.evaluations,
    gradients: result.gradients,
    finalLoss: objective.trueLoss(result.finalPosition),
    globalSteps,
    accepted,
    seconds: (performance.now() - startedAt) / 1000,
  };
}
