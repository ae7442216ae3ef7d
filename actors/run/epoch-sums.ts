import type { WeightsStepResult } from '../../src/engine/engine.ts';
import type { SupernetHealth } from '../../src/record/metrics-line.ts';
import type { EpochEvent } from '../events.ts';
import type { Pool } from '../pool/pool.ts';
import type { Supernet } from '../supernet/supernet.ts';

/** Sums over an epoch's steps on w so far. Plain data: part of every checkpoint. */
export interface WeightsTotals {
  steps: number;
  loss: number;
  correct: number;
  gradientNorm: number;
}

/** Time of the steps since the epoch began or the supernet was opened. */
export interface Stopwatch {
  /** Steps on w. */
  steps: number;
  /** Milliseconds that the steps on w and alpha took. */
  wallMs: number;
  /** The supernet's `busyMs` when the stopwatch was started. */
  engineBeforeMs: number;
}

/** Parts of a session that time an epoch. */
interface Timed {
  readonly supernet: Supernet;
  readonly pool: Pool;
  stopwatch: Stopwatch;
}

export function emptyWeightsTotals(): WeightsTotals {
  return { steps: 0, loss: 0, correct: 0, gradientNorm: 0 };
}

/** Adds a step on w. */
export function addWeightsStep(totals: WeightsTotals, { loss, correct, gradientNorm }: WeightsStepResult): void {
  totals.steps++;
  totals.loss += loss;
  totals.correct += correct;
  totals.gradientNorm += gradientNorm;
}

/**
 * Takes the means over the steps on w.
 *
 * @param batch pictures in a mini-batch
 */
export function summarizeWeights(
  { steps, loss, correct, gradientNorm }: WeightsTotals,
  batch: number,
): EpochEvent['weights'] {
  return { loss: loss / steps, accuracy: correct / (steps * batch), gradientNorm: gradientNorm / steps };
}

export function startStopwatch(engineBeforeMs = 0): Stopwatch {
  return { steps: 0, wallMs: 0, engineBeforeMs };
}

/** Reads the time of an epoch's steps. Must come before the epoch's accuracies are measured. */
export async function readStopwatch({
  supernet,
  pool,
  stopwatch: { wallMs, engineBeforeMs },
}: Timed): Promise<Pick<EpochEvent, 'pool' | 'seconds' | 'overhead'>> {
  const { utilization, queueWaitMs, deaths } = pool.takeStatistics();
  const engineMs = (await supernet.call('health', null)).busyMs - engineBeforeMs;
  return {
    pool: { utilization, queueWaitMs, deaths },
    seconds: wallMs / 1000,
    overhead: Math.max(0, 1 - engineMs / wallMs),
  };
}

/** Starts the stopwatch for the next epoch, and returns the supernet's health. */
export async function restartStopwatch(session: Timed): Promise<SupernetHealth> {
  const health = await session.supernet.call('health', null);
  session.stopwatch = startStopwatch(health.busyMs);
  return health;
}
