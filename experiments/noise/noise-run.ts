import { minimize } from '../../src/optimize/minimize/minimize.ts';
import { NoisyWells } from './noise-objective.ts';
import { COORDINATES, LEVELS, type LevelName, RULES, type RuleName } from './noise-settings.ts';

/** One run of one rule at one level of noise. */
export interface NoiseTask {
  readonly level: LevelName;
  readonly rule: RuleName;
  readonly seed: number;
  /** Budget of evaluations. */
  readonly steps: number;
}

/** What came of it: a line of `results.jsonl`. */
export interface NoiseResult {
  readonly level: LevelName;
  readonly rule: RuleName;
  readonly seed: number;
  readonly evaluations: number;
  readonly gradients: number;
  /** True loss where the run ended, above the best there is; unit: the mean gain of a coordinate. */
  readonly finalLoss: number;
  /** Steps with proposals, and those of them that took one. */
  readonly globalSteps: number;
  readonly accepted: number;
  readonly seconds: number;
}

/** Runs on a thread. All rules and levels of a seed have the same wells, the same start and the same mini-batches. */
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
