import { describe, expect, it } from 'vitest';
import { METHOD_NAMES } from '../../../src/optimize/minimize/create-optimizer.ts';
import { minimize } from '../../../src/optimize/minimize/minimize.ts';
import type { MinimizeOptions } from '../../../src/optimize/minimize/minimize-options.ts';
import type { Range, Ranges } from '../../../src/optimize/range/range.ts';

/** A quadratic of 4 coordinates on bounds of +-half, with its minimum at 0.3 half. */
function quadratic(half: number) {
  return {
    value: (x: Float64Array) => x.reduce((sum, v, i) => sum + (i + 1) * (v / half - 0.3) ** 2, 0),
    gradient: (x: Float64Array) => x.map((v, i) => (2 * (i + 1) * (v / half - 0.3)) / half),
  };
}

describe('bounds of any width', () => {
  it.each(METHOD_NAMES)('give %s the same result', async (method) => {
    const run = async (half: number): Promise<number> => {
      const start = [0.9, -0.8, 0.7, -0.6].map((v) => v * half);
      const options = { start, method, evaluations: 1000, bounds: [-half, half] } as const;
      return (await minimize(quadratic(half), options)).bestLoss;
    };
    const expected = await run(1);
    expect(expected).toBeLessThan(0.5);
    // Rounding differs.
    for (const half of [1e-6, 1e3, 1e6])
      expect(Math.abs((await run(half)) - expected)).toBeLessThan(1e-3 * expected + 1e-9);
  });
});

describe('ranges of single coordinates', () => {
  const RANGES: readonly Range[] = [
    [0, 100],
    { low: 1e-5, high: 1e-1, scale: 'log' },
    { low: -3, high: 4, integer: true },
    { categories: 3 },
    [2, Infinity],
    [-Infinity, 0],
    [-Infinity, Infinity],
  ];
  const BEST = [30, 1e-3, 2, 1, 7, -20, 50];
  const value = (x: Float64Array): number =>
    ((x[0]! - 30) / 100) ** 2 +
    Math.log10(x[1]! / 1e-3) ** 2 +
    (x[2]! - 2) ** 2 +
    [2, 0, 1][x[3]!]! +
    (x[4]! - 7) ** 2 / 100 +
    (x[5]! + 20) ** 2 / 100 +
    (x[6]! - 50) ** 2 / 1000;
  const gradient = (x: Float64Array): number[] => [
    (2 * (x[0]! - 30)) / 1e4,
    (2 * Math.log10(x[1]! / 1e-3)) / (x[1]! * Math.LN10),
    2 * (x[2]! - 2),
    Number.MAX_VALUE, // no gradient leads to another category
    (x[4]! - 7) / 50,
    (x[5]! + 20) / 50,
    (x[6]! - 50) / 500,
  ];

  it.each(METHOD_NAMES)('hold every point of %s', async (method) => {
    const seen: Float64Array[] = [];
    const objective = {
      gradient,
      value: (x: Float64Array) => {
        seen.push(x.slice());
        return value(x);
      },
    };
    const options: MinimizeOptions = { bounds: RANGES, method, evaluations: 2000, seed: 2 };
    const result = await minimize(objective, options);
    for (const x of seen) {
      expect(x[0]! >= 0 && x[0]! <= 100 && x[1]! >= 1e-5 && x[1]! <= 0.1 && x[4]! >= 2 && x[5]! <= 0).toBe(true);
      expect([-3, -2, -1, 0, 1, 2, 3, 4]).toContain(x[2]! + 0);
      expect([0, 1, 2]).toContain(x[3]!);
      expect(x.every(Number.isFinite)).toBe(true);
    }
    const first = value(seen[0]!);
    expect(result.bestLoss).toBeLessThanOrEqual(first);
    expect(value(result.bestPosition)).toBe(result.bestLoss);
    if (method === 'adam+dscd' || method === 'dscd') {
      expect(result.bestPosition[3]).toBe(1);
      expect(result.bestLoss).toBeLessThan(0.5);
    }
    const { state } = await minimize(objective, { ...options, evaluations: 700 });
    // The budget is part of the annealing, so only the same one gives the same run.
    const again = await minimize(objective, { ...options, seed: 3, evaluations: 700, resume: structuredClone(state) });
    expect(again.state).toEqual(state);
  });

  it('return a given start to the bit', async () => {
    const start = [...BEST];
    start[0] = 0.1 + 0.2;
    const result = await minimize({ value, gradient }, { bounds: RANGES, start, evaluations: 1, method: 'adam' });
    expect(result.bestPosition).toEqual(Float64Array.from(start));
  });

  it('equal one range for all if they are alike, to the bit', async () => {
    const run = (bounds: Ranges) => minimize((x) => x[0]! ** 2 + x[1]!, { bounds, coordinates: 2, evaluations: 200 });
    expect(
      (
        await run([
          [-1, 3],
          [-1, 3],
        ])
      ).bestPosition,
    ).toEqual((await run([-1, 3])).bestPosition);
  });

  it('let proposals draw every other category', async () => {
    const drawn = new Set<number>();
    const loss = (x: Float64Array): number => {
      drawn.add(x[0]!);
      return x[0] === 2 ? 0 : 1;
    };
    const result = await minimize(loss, { bounds: [{ categories: 5 }], start: [2], evaluations: 60 });
    expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(result.finalPosition[0]).toBe(2);
  });
});
