import { expect, it } from 'vitest';
import { dropProbabilityOf, learningRateOf } from '../../src/retrain/schedules.ts';

const epochs = Array.from({ length: 600 }, (_, epoch) => epoch);

it('the learning rate falls from its start along half a cosine, towards its end after the last epoch', () => {
  const rate = { learningRate: 0.025, learningRateEnd: 0, epochs: 600 };
  const rates = epochs.map((epoch) => learningRateOf(rate, epoch));
  expect(rates[0]).toBe(0.025);
  expect(rates[300]).toBeCloseTo(0.0125, 15);
  // PyTorch's CosineAnnealingLR with T_max = 600, after 150 epochs: 0.025 (1 + cos(pi / 4)) / 2.
  expect(rates[150]).toBeCloseTo((0.025 * (1 + Math.SQRT1_2)) / 2, 15);
  expect(rates.every((r, i) => r > 0 && (i === 0 || r < (rates[i - 1] as number)))).toBe(true);
  expect(learningRateOf(rate, 600)).toBe(0);
  expect(learningRateOf({ ...rate, learningRateEnd: 0.001 }, 600)).toBe(0.001);
});

it('the chance of drop-path rises linearly from 0, and has not quite come to its end in the last epoch', () => {
  const chance = { dropPath: 0.2, epochs: 600 };
  expect(dropProbabilityOf(chance, 0)).toBe(0);
  expect(dropProbabilityOf(chance, 300)).toBeCloseTo(0.1, 15);
  expect(dropProbabilityOf(chance, 599)).toBeCloseTo((0.2 * 599) / 600, 15);
  expect(dropProbabilityOf({ dropPath: 0.2, epochs: 1 }, 0)).toBe(0);
  expect(epochs.map((epoch) => dropProbabilityOf({ ...chance, dropPath: 0 }, epoch)).every((p) => p === 0)).toBe(true);
});
