import { describe, expect, it } from 'vitest';
import {
  compareRuns,
  compareWithReferences,
  judge,
  spreadOfTrainings,
} from '../../../experiments/comparison/differences.ts';
import { fitReferences, type ReferenceLine } from '../../../experiments/comparison/reference-curve.ts';
import { tInterval } from '../../../src/math/t-interval.ts';

const runs = (...values: readonly [seed: number, value: number][]) => values.map(([seed, value]) => ({ seed, value }));

/** The line through cells whose logarithms of the parameters are 0, 1, 2, ... */
function lineThrough(...accuracies: readonly number[]): ReferenceLine {
  const line = fitReferences(accuracies.map((accuracy, i) => ({ parameters: Math.exp(i), accuracy })));
  if (line === null) throw new Error('there must be a line');
  return line;
}

describe('the difference of runs', () => {
  it('is that of the seeds which both have, by the t interval', () => {
    // Differences 2, 1 and 4: mean 7/3, sum of squares 14/3, so that the standard error is sqrt(7) / 3.
    const difference = compareRuns(runs([0, 60], [1, 62], [2, 64], [7, 90]), runs([2, 60], [1, 61], [0, 58], [5, 10]));
    const half = (4.30265 * Math.sqrt(7)) / 3;
    expect(difference).toEqual({
      mean: expect.closeTo(7 / 3, 12),
      low: expect.closeTo(7 / 3 - half, 4),
      high: expect.closeTo(7 / 3 + half, 4),
      count: 3,
      paired: true,
    });
  });

  it('is that of the means where fewer than two seeds are shared', () => {
    const difference = compareRuns(runs([0, 5], [1, 7]), runs([1, 1], [2, 2], [3, 3]));
    const parts = [
      { variance: 1, degrees: 1 }, // of 5 and 7: 2 / 2
      { variance: 1 / 3, degrees: 2 },
    ];
    const { low, high } = tInterval(4, parts);
    const ends = { low: expect.closeTo(low, 12), high: expect.closeTo(high, 12) };
    expect(difference).toEqual({ mean: 4, ...ends, count: 2, paired: false });
  });

  it('has no interval with one run on a side, and is null with none', () => {
    const single = { mean: 3, low: null, high: null, count: 1, paired: false };
    expect(compareRuns(runs([0, 5]), runs([0, 1], [1, 3]))).toEqual(single);
    expect(compareRuns(runs([0, 5]), [])).toBeNull();
    expect(compareRuns([], runs([0, 5]))).toBeNull();
  });
});

describe('the difference from random cells of the same size', () => {
  it('is the mean height above their line', () => {
    const cells = [53, 54, 55].map((accuracy) => ({ parameters: Math.exp(1), accuracy }));
    // Cells on the line leave no doubt about it: 1, 2 and 3 above have the mean 2 and the standard error 1 / sqrt(3).
    const half = 4.30265 / Math.sqrt(3);
    expect(compareWithReferences(cells, lineThrough(50, 52, 54))).toEqual({
      mean: expect.closeTo(2, 12),
      low: expect.closeTo(2 - half, 4),
      high: expect.closeTo(2 + half, 4),
      count: 3,
      outside: 0,
    });
  });

  it('counts the doubt about the line, which grows with the distance from the random cells', () => {
    // In x = 0, 1, 2 and y = 1, 2, 6: slope 5/2, mean 3, squared residuals 3/2 with one degree; the line is at 5.5 in 2.
    const line = lineThrough(1, 2, 6);
    const cells = [6.5, 7.5].map((accuracy) => ({ parameters: Math.exp(2), accuracy }));
    const { low, high } = tInterval(1.5, [
      { variance: 0.5 / 2, degrees: 1 },
      { variance: 1.5 * (1 / 3 + 1 / 2), degrees: 1 },
    ]);
    expect(compareWithReferences(cells, line)).toEqual({
      mean: expect.closeTo(1.5, 12),
      low: expect.closeTo(low, 8),
      high: expect.closeTo(high, 8),
      count: 2,
      outside: 0,
    });
    const widthAt = (x: number): number => {
      const height = 3 + 2.5 * (x - 1);
      const same = [height, height].map((accuracy) => ({ parameters: Math.exp(x), accuracy }));
      const difference = compareWithReferences(same, line);
      expect(difference?.outside).toBe(x > 2 ? 2 : 0);
      return (difference?.high as number) - (difference?.low as number);
    };
    expect(widthAt(1)).toBeLessThan(widthAt(2));
    expect(widthAt(2)).toBeLessThan(widthAt(4));
  });

  it('has no interval for one cell, and is null for none', () => {
    const line = lineThrough(50, 52, 54);
    expect(compareWithReferences([{ parameters: 1, accuracy: 49 }], line)).toEqual({
      mean: expect.closeTo(-1, 12),
      low: null,
      high: null,
      count: 1,
      outside: 0,
    });
    expect(compareWithReferences([], line)).toBeNull();
  });
});

it('a verdict is what the interval carries', () => {
  const intervals = [
    [0.1, 2],
    [-2, -0.1],
    [-1, 1],
    [0, 1],
    [null, null],
  ] as const;
  expect(intervals.map(([low, high]) => judge({ low, high }))).toEqual(['above', 'below', '-', '-', '-']);
});

it('the spread of trainings is pooled over the cells that were trained more than once', () => {
  // Squares about the means: 2 for 1 and 3, 8 for 2, 4 and 6, with 1 and 2 degrees.
  expect(spreadOfTrainings([[1, 3], [9], [2, 4, 6], []])).toEqual({
    sd: expect.closeTo(Math.sqrt(10 / 3), 12),
    cells: 2,
  });
  expect(spreadOfTrainings([[1], []])).toBeNull();
});
