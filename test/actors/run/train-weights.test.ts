import { expect, it } from 'vitest';
import type { SupernetCalls } from '../../../actors/messages.ts';
import { DivergedError } from '../../../actors/run/diverged-error.ts';
import { emptyWeightsTotals } from '../../../actors/run/epoch-sums.ts';
import { trainWeights, type WeightsStep } from '../../../actors/run/train-weights.ts';
import { madeUpRun } from '../../support/made-up-session.ts';

const STEP: WeightsStep = {
  iteration: 4,
  key: (iteration) => ({ use: 'retraining', iteration }),
  mixing: { normal: Float32Array.of(1), reduce: Float32Array.of(2) },
  settings: { learningRate: 0.1, momentum: 0.9, weightDecay: 0, clipNorm: 5 },
};

it('a step on w is made on the mini-batch of its iteration, and added to the sums', async () => {
  const asked: SupernetCalls['weightsStep']['arguments'][] = [];
  const { session, pool } = await madeUpRun({
    supernet: {
      weightsStep: (args) => {
        asked.push(args);
        return { loss: 2, correct: 3, gradientNorm: 4 };
      },
    },
  });
  const totals = emptyWeightsTotals();
  expect(await trainWeights(session, totals, STEP)).toBe(2);
  expect(asked).toEqual([{ miniBatchName: 'retraining/4', mixing: STEP.mixing, settings: STEP.settings }]);
  expect(pool.prepared.map(({ key }) => key)).toEqual([STEP.key(4), STEP.key(5)]);
  expect(totals).toEqual({ steps: 1, loss: 2, correct: 3, gradientNorm: 4 });
  expect(session.stopwatch.steps).toBe(1);
});

it.each([
  [{ loss: Number.NaN, gradientNorm: 1 }, 'the training loss became NaN in iteration 4: try a lower learning rate'],
  [{ loss: 1, gradientNorm: Infinity }, 'the norm of the gradient in the weights became Infinity in iteration 4'],
])('%j ends the run, and adds nothing to the sums', async (result, message) => {
  const { session } = await madeUpRun({ supernet: { weightsStep: () => ({ correct: 1, ...result }) } });
  const totals = emptyWeightsTotals();
  const step = trainWeights(session, totals, STEP);
  await expect(step).rejects.toThrow(DivergedError);
  await expect(step).rejects.toThrow(message);
  expect([totals, session.stopwatch.steps]).toEqual([emptyWeightsTotals(), 0]);
});
