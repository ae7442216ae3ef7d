import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DropRequest, drawDropFactors, dropProbabilityOf, learningRateOf } from '../../src/retrain/schedules.ts';

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

const REQUEST: DropRequest = { seed: 1, iteration: 7, pictures: 96, columns: 160, probability: 0.2 };

describe('factors of drop-path', () => {
  it('are 0 or the inverse of the chance to be kept, one for each picture and operation', () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.nat(9),
        fc.nat(9),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (iteration, n, m, p) => {
          const factors = drawDropFactors({ seed: 0, iteration, pictures: n, columns: m, probability: p });
          expect(factors.length).toBe(n * m);
          const kept = Math.fround(1 / (1 - p));
          expect(factors.every((factor) => factor === 0 || factor === kept)).toBe(true);
        },
      ),
    );
  });

  it('leave out the share that was asked for, so that their mean is 1', () => {
    for (const probability of [0.05, 0.2, 0.5, 0.9]) {
      const factors = drawDropFactors({ ...REQUEST, probability });
      const dropped = factors.filter((factor) => factor === 0).length / factors.length;
      const deviation = Math.sqrt((probability * (1 - probability)) / factors.length);
      expect(Math.abs(dropped - probability)).toBeLessThan(4 * deviation);
      const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length;
      expect(Math.abs(mean - 1)).toBeLessThan((4 * deviation) / (1 - probability));
    }
  });

  it('are all 1 where nothing is left out', () => {
    expect(new Set(drawDropFactors({ ...REQUEST, probability: 0 }))).toEqual(new Set([1]));
  });

  it('are a pure function of seed and iteration, and others for others', () => {
    expect(drawDropFactors(REQUEST)).toEqual(drawDropFactors(REQUEST));
    const drawn = [REQUEST, { ...REQUEST, seed: 2 }, { ...REQUEST, iteration: 8 }].map((r) =>
      drawDropFactors(r).join(),
    );
    expect(new Set(drawn).size).toBe(3);
    // Pictures are independent: no two of the 96 lose the same of 160 operations.
    const rows = Array.from({ length: 96 }, (_, i) =>
      drawDropFactors(REQUEST)
        .subarray(i * 160, (i + 1) * 160)
        .join(),
    );
    expect(new Set(rows).size).toBe(96);
  });

  it('refuse a chance that leaves nothing', () => {
    for (const probability of [1, -0.1, Number.NaN]) {
      expect(() => drawDropFactors({ ...REQUEST, probability })).toThrow('probability must be at least 0 and below 1');
    }
  });
});
