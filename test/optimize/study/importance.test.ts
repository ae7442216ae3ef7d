import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import { minimize } from '../../../src/optimize/minimize/minimize.ts';
import type { MinimizeOptions } from '../../../src/optimize/minimize/minimize-options.ts';
import { type EvaluatedPosition, estimateImportance } from '../../../src/optimize/study/importance.ts';

/** Evaluates a function at points drawn uniformly from a cube. */
function sample(value: (x: number[]) => number, coordinates: number, count: number, [low, high] = [-1, 1]) {
  const random = Random.fromSeed(7);
  return Array.from({ length: count }, (): EvaluatedPosition => {
    const position = Array.from({ length: coordinates }, () => low! + (high! - low!) * random.uniform());
    return { position, loss: value(position) };
  });
}

async function rowsOf(value: (x: Float64Array) => number, options: MinimizeOptions): Promise<EvaluatedPosition[]> {
  const rows: EvaluatedPosition[] = [];
  await minimize(value, { ...options, onEvaluation: (row) => rows.push(row) });
  return rows;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('the importance of coordinates', () => {
  it('is the first-order Sobol index for uniform samples: Ishigami', () => {
    // Ishigami and Homma 1990, a = 7, b = 0.1: S1 = 0.3139, S2 = 0.4424, S3 = 0 (it interacts with the first only).
    const ishigami = ([x = 0, y = 0, z = 0]: number[]) =>
      Math.sin(x) + 7 * Math.sin(y) ** 2 + 0.1 * z ** 4 * Math.sin(x);
    const { shares, unexplained } = estimateImportance(sample(ishigami, 3, 20_000, [-Math.PI, Math.PI]))!;
    // Bins lose some percent of the variance within them.
    expect(Math.abs(shares[0]! - 0.3139)).toBeLessThan(0.03);
    expect(Math.abs(shares[1]! - 0.4424)).toBeLessThan(0.06);
    expect(shares[2]).toBeLessThan(0.005);
    expect(sum(shares) + unexplained).toBeCloseTo(1, 12);
  });

  it('follows the squares of the weights of a linear function, with nothing left', () => {
    const weights = [4, 2, 1, 0];
    const rows = sample((x) => sum(x.map((v, i) => weights[i]! * v)), 4, 5000);
    const { shares, unexplained, evaluations } = estimateImportance(rows)!;
    for (const [i, weight] of weights.entries()) expect(Math.abs(shares[i]! - weight ** 2 / 21)).toBeLessThan(0.02);
    expect(unexplained).toBeLessThan(0.02);
    expect(evaluations).toBe(5000);
  });

  it('leaves interactions and noise unexplained', () => {
    expect(estimateImportance(sample(([x = 0, y = 0]: number[]) => x * y, 2, 3000))!.unexplained).toBeGreaterThan(0.97);
    const random = Random.fromSeed(1);
    const { unexplained, shares } = estimateImportance(sample(() => random.normal(), 6, 600))!;
    expect(unexplained).toBeGreaterThan(0.9);
    for (const share of shares) expect(share).toBeLessThan(0.05);
  });

  it('does not depend on the scale of a coordinate or of the loss', () => {
    const rows = sample(([x = 0, y = 0]: number[]) => x + 2 * y * y, 2, 500);
    const scaled = rows.map(({ position, loss }) => ({
      position: [1 - 1024 * position[0]!, position[1]! / 512],
      loss: loss! / 4096 + 8,
    }));
    const [own, other] = [estimateImportance(rows)!, estimateImportance(scaled)!];
    for (const [i, share] of own.shares.entries()) expect(other.shares[i]).toBeCloseTo(share, 6);
  });

  it.each(['dscd', 'cma-es', 'uniform'] as const)(
    'ranks the coordinates of a weighted bowl by the rows of %s',
    async (method) => {
      const weights = [0, 9, 1, 30, 3];
      const value = (x: Float64Array): number => x.reduce((total, v, i) => total + weights[i]! * (v - 1) ** 2, 0);
      const { shares } = estimateImportance(await rowsOf(value, { method, coordinates: 5, evaluations: 2000 }))!;
      const ranking = [...shares.keys()].sort((a, b) => shares[b]! - shares[a]!);
      expect(ranking.slice(0, 2)).toEqual([3, 1]);
      expect(shares[0]).toBeLessThan(0.02);
    },
  );

  it('tells what mattered apart from what moved at the same time', () => {
    // Both coordinates fall over the run, like those of a gradient method; only the first one counts.
    const random = Random.fromSeed(2);
    const rows = Array.from({ length: 2000 }, (_, i) => {
      const trend = 1 - i / 2000;
      const position = [trend + 0.3 * random.normal(), trend + 0.3 * random.normal()];
      return { position, loss: position[0]! };
    });
    const { shares } = estimateImportance(rows)!;
    expect(shares[0]).toBeGreaterThan(0.9);
    expect(shares[1]).toBeLessThan(0.05);
  });

  it('knows categories and integers', async () => {
    const bounds = [{ categories: 3 }, { low: 1, high: 4, integer: true }, [0, 1]] as const;
    const value = ([kind = 0, n = 0]: Float64Array) => [0, 5, 1][kind]! + n;
    const { shares } = estimateImportance(await rowsOf(value, { method: 'uniform', bounds, evaluations: 3000 }))!;
    // Variances of the two: 14 / 3 and 5 / 4.
    expect(shares[0]).toBeCloseTo(14 / 3 / (14 / 3 + 5 / 4), 1);
    expect(shares[1]).toBeCloseTo(5 / 4 / (14 / 3 + 5 / 4), 1);
    expect(shares[2]).toBeLessThan(0.001);
  });

  it('leaves out losses that are not finite, and is null where nothing can be told', () => {
    const rows = sample(([x = 0]: number[]) => x, 1, 100);
    const spoiled = [...rows, { position: [9], loss: Number.NaN }, { position: [9], loss: null }];
    expect(estimateImportance(spoiled)).toEqual(estimateImportance(rows));
    expect(estimateImportance(rows.slice(0, 3))).toBeNull();
    expect(estimateImportance([])).toBeNull();
    expect(estimateImportance(rows.map((row) => ({ ...row, loss: 2 })))).toBeNull();
    expect(() => estimateImportance(rows, 0)).toThrow(new RangeError('bins must be a positive integer, got 0'));
  });

  it('survives a start that was never left, and more coordinates than bins can be told for', () => {
    const rows = sample((x) => x[0]!, 40, 90);
    expect(sum(estimateImportance(rows)!.shares)).toBeLessThanOrEqual(1);
    const still = rows.map(({ loss }) => ({ position: [3, loss!], loss }));
    expect(estimateImportance(still)!.shares[0]).toBe(0);
  });
});
