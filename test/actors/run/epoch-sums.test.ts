import { describe, expect, it } from 'vitest';
import {
  addWeightsStep,
  emptyWeightsTotals,
  readStopwatch,
  restartStopwatch,
  summarizeWeights,
} from '../../../actors/run/epoch-sums.ts';
import { FakePool } from '../../support/fake-pool.ts';
import { FakeSupernet } from '../../support/fake-supernet.ts';

it('the means of an epoch are over its steps and its pictures', () => {
  const totals = emptyWeightsTotals();
  addWeightsStep(totals, { loss: 1, correct: 3, gradientNorm: 4 });
  addWeightsStep(totals, { loss: 2, correct: 1, gradientNorm: 2 });
  expect(totals).toEqual({ steps: 2, loss: 3, correct: 4, gradientNorm: 6 });
  expect(summarizeWeights(totals, 8)).toEqual({ loss: 1.5, accuracy: 0.25, gradientNorm: 3 });
});

describe('the stopwatch', () => {
  const timed = (busyMs: number) => ({
    pool: new FakePool(),
    supernet: new FakeSupernet({ health: () => ({ bytes: 7, tensors: 3, calls: 2, busyMs }) }),
    stopwatch: { steps: 4, wallMs: 2000, engineBeforeMs: 500 },
  });

  it('tells the share of the time that was not spent inside the engine', async () => {
    expect(await readStopwatch(timed(2000))).toEqual({
      pool: { utilization: 0.5, queueWaitMs: 2, deaths: 0 },
      seconds: 2,
      overhead: 0.25,
    });
  });

  it('tells no negative share', async () => {
    expect((await readStopwatch(timed(9000))).overhead).toBe(0);
  });

  it('starts anew from the time that the engine has spent', async () => {
    const session = timed(2000);
    expect(await restartStopwatch(session)).toMatchObject({ bytes: 7, busyMs: 2000 });
    expect(session.stopwatch).toEqual({ steps: 0, wallMs: 0, engineBeforeMs: 2000 });
  });
});
