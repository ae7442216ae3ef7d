import { type AlternationOptions, type AlternationState, advance } from '../../src/optimize/dscd/alternation.ts';
import type { StepKind } from '../../src/optimize/dscd/step.ts';
import { countDecisions, type Tuning } from '../../src/search/tuning.ts';

/** Rules that the machine decides by. Fixed for the whole run. */
export interface RunPlan {
  /** Number of epochs, those of the tuning included. */
  readonly epochs: number;
  readonly iterationsPerEpoch: number;
  /** Steps on alpha: none, only local ones, local and global by Algorithm 1's alternation, or both kinds at once. */
  readonly stepMode: 'none' | 'local' | 'alternating' | 'joint';
  /** n: alpha moves in the iterations whose number is a multiple of n. Phases of steps count these only. */
  readonly alphaEvery: number;
  /** Epochs at the start of each stage in which alpha does not move. */
  readonly alphaRest: number;
  /** First epoch of each stage. @default [0], one stage */
  readonly stageStarts?: readonly number[];
  readonly alternation: AlternationOptions;
  /** Tuning in the last epochs, between which projections decide. Steps on alpha are local there. @default none */
  readonly tuning?: Tuning | null;
}

/** Progress of the run. Part of every checkpoint. */
export interface RunProgress {
  /** Epochs completed. */
  readonly epoch: number;
  /** Iterations of the current epoch completed. */
  readonly iteration: number;
  readonly alternation: AlternationState;
  /** Decisions of the tuning made. @default 0: older checkpoints lack it */
  readonly decisions?: number;
  /** Whether the run ends before its last epoch. Older checkpoints lack it. @default false */
  readonly stopped?: boolean;
  /** Number of iterations that the run went back behind. Older checkpoints lack it. @default 0 */
  readonly undone?: number;
}

/** Input of the actors that make a step or end an epoch. */
export interface StepInput {
  readonly progress: RunProgress;
  readonly plan: RunPlan;
}

/** Plan of a run that trains weights and moves no alpha. */
export function planOfWeights(epochs: number, iterationsPerEpoch: number): RunPlan {
  return {
    epochs,
    iterationsPerEpoch,
    stepMode: 'none',
    alphaEvery: 1,
    alphaRest: 0,
    alternation: { minSteps: 1, switch: 'stalled' },
  };
}

/** Number of the next iteration, from 0 over the whole run: as many are completed. */
export function iterationNumber({ plan, progress }: StepInput): number {
  return progress.epoch * plan.iterationsPerEpoch + progress.iteration;
}

/** Number of iterations made, undone ones among them: checkpoints are named by it. */
export function iterationsMade(at: StepInput): number {
  return iterationNumber(at) + (at.progress.undone ?? 0);
}

/**
 * Share of the run that is over, by completed epochs: schedules and annealing go by it. It is 1 in a tuning, which comes
 * after their end.
 */
export function progressOf({ plan, progress }: StepInput): number {
  return Math.min(1, progress.epoch / scheduledEpochs(plan));
}

/** Number of epochs that schedules and annealing take: those before a tuning. */
export function scheduledEpochs({ epochs, tuning }: RunPlan): number {
  return epochs - (tuning?.epochs ?? 0);
}

/** Share of the tuning that is over, by completed epochs; null before it. */
export function tuningProgress({ plan, progress }: StepInput): number | null {
  if (plan.tuning == null || progress.epoch < scheduledEpochs(plan)) return null;
  return (progress.epoch - scheduledEpochs(plan)) / plan.tuning.epochs;
}

/** Whether a decision is to be made before the next iteration. */
export function isDecisionDue({ plan, progress }: StepInput): boolean {
  const { epoch, iteration, decisions = 0 } = progress;
  const tuned = epoch - scheduledEpochs(plan);
  if (plan.tuning == null || tuned < 0 || iteration > 0) return false;
  return decisions < countDecisions(plan.tuning, tuned);
}

/**
 * Whether alpha moves in an iteration.
 *
 * @param iteration number of the iteration over the whole run
 */
export function movesAlpha(plan: RunPlan, iteration: number): boolean {
  const { stepMode, alphaEvery, alphaRest, iterationsPerEpoch, stageStarts = [0] } = plan;
  const start = stageStarts.findLast((epoch) => iteration >= epoch * iterationsPerEpoch) ?? 0;
  return stepMode !== 'none' && iteration >= (start + alphaRest) * iterationsPerEpoch && iteration % alphaEvery === 0;
}

/** Number of steps on alpha in an epoch, which is counted from 0. */
export function countAlphaSteps(plan: RunPlan, epoch: number): number {
  const { iterationsPerEpoch: length } = plan;
  return Array.from({ length }, (_, i) => epoch * length + i).filter((iteration) => movesAlpha(plan, iteration)).length;
}

/** Kind of the next step on alpha; null if alpha does not move in this iteration. */
export function nextStepKind({ plan, progress }: StepInput): StepKind | null {
  if (plan.stepMode === 'none' || !movesAlpha(plan, iterationNumber({ plan, progress }))) return null;
  // In a tuning the annealing is over: proposals would be the position itself.
  if (tuningProgress({ plan, progress }) !== null) return 'local';
  return plan.stepMode === 'alternating' ? progress.alternation.kind : plan.stepMode;
}

/**
 * Returns the progress after an iteration.
 *
 * @param loss loss of the step on alpha; null if there was none
 */
export function advanceProgress({ plan, progress }: StepInput, loss: number | null): RunProgress {
  const alternates = plan.stepMode === 'alternating' && loss !== null;
  return {
    ...progress,
    iteration: progress.iteration + 1,
    alternation: alternates ? advance(progress.alternation, loss, plan.alternation) : progress.alternation,
  };
}
