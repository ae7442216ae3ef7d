import type { WeightsStepResult } from '../../src/engine/engine.ts';
import type { StepOutcome } from '../../src/optimize/dscd/step.ts';
import type { AlphaSummary } from '../../src/record/metrics-line.ts';
import type { EpochEvent } from '../events.ts';

/** Sums over an epoch's steps on w so far. Plain data, as all sums here: part of every checkpoint. */
export interface WeightsTotals {
  steps: number;
  loss: number;
  correct: number;
  gradientNorm: number;
}

/** Sums over an epoch's steps so far, of a search. */
export interface EpochTotals {
  readonly weights: WeightsTotals;
  readonly alpha: { localSteps: number; globalSteps: number; accepted: number; returned: number; loss: number };
}

export function emptyWeightsTotals(): WeightsTotals {
  return { steps: 0, loss: 0, correct: 0, gradientNorm: 0 };
}

export function emptyTotals(): EpochTotals {
  return {
    weights: emptyWeightsTotals(),
    alpha: { localSteps: 0, globalSteps: 0, accepted: 0, returned: 0, loss: 0 },
  };
}

/** Adds a step on w. */
export function addWeightsStep(totals: WeightsTotals, { loss, correct, gradientNorm }: WeightsStepResult): void {
  totals.steps++;
  totals.loss += loss;
  totals.correct += correct;
  totals.gradientNorm += gradientNorm;
}

/** Adds a step on alpha. A joint step counts as one of each kind. */
export function addAlphaStep({ alpha }: EpochTotals, outcome: StepOutcome): void {
  if (outcome.kind !== 'global') alpha.localSteps++;
  if (outcome.kind !== 'local') alpha.globalSteps++;
  if (outcome.accepted !== null) alpha.accepted++;
  if (outcome.returned) alpha.returned++;
  alpha.loss += outcome.loss;
}

/** Means of the weights steps. */
export function summarizeWeights(
  { steps, loss, correct, gradientNorm }: WeightsTotals,
  batch: number,
): EpochEvent['weights'] {
  return { loss: loss / steps, accuracy: correct / (steps * batch), gradientNorm: gradientNorm / steps };
}

/** Counts and mean loss of the steps on alpha, of which there were `steps`. */
export function summarizeAlpha({ alpha }: EpochTotals, steps: number): AlphaSummary {
  return { ...alpha, loss: steps === 0 ? null : alpha.loss / steps };
}
