import { describe, expect, it } from 'vitest';
import {
  gapOf,
  listSettings,
  runSynthetic,
  type Setting,
  type SyntheticResult,
} from '../../experiments/synthetic/synthetic-run.ts';
import { compareDscd, describeEffects, groupRuns, summarize } from '../../experiments/synthetic/synthetic-summary.ts';
import { METHOD_NAMES } from '../../src/optimize/minimize/create-optimizer.ts';
import { TEST_FUNCTIONS, type TestFunctionName } from '../../src/optimize/test-functions/test-functions.ts';

const TASK = { function: 'schwefel', dimension: 6, steps: 250, seed: 3, unscaled: false } as const;

describe('a run', () => {
  it.each(METHOD_NAMES)(
    'of %s: the best gap never rises, ends at the best of all, and stays in the budget',
    async (method) => {
      const [setting] = listSettings([method]) as [Setting];
      const { curve, bestGap, finalGap, evaluations, gradients } = await runSynthetic({ ...TASK, ...setting });
      expect(curve.bestGap).toHaveLength(curve.evaluations.length);
      expect(curve.evaluations[0]).toBe(1);
      expect(curve.evaluations.at(-1)).toBe(TASK.steps);
      expect(curve.bestGap).toEqual(curve.bestGap.toSorted((a, b) => b - a));
      expect(curve.bestGap.at(-1)).toBe(bestGap);
      expect(finalGap).toBeGreaterThanOrEqual(bestGap);
      expect(evaluations).toBeLessThanOrEqual(TASK.steps);
      expect(gradients).toBeLessThanOrEqual(evaluations);
    },
  );

  it('of one seed begins where all others of it begin, and of another seed elsewhere', async () => {
    const settings = listSettings(['adam', 'adam+dscd', 'basin-hopping', 'coordinate-descent']);
    const first = async (setting: Setting, seed: number): Promise<number | undefined> =>
      (await runSynthetic({ ...TASK, ...setting, seed, steps: 5 })).curve.bestGap[0];
    const starts = await Promise.all(settings.map((setting) => first(setting, 3)));
    expect(new Set(starts).size).toBe(1);
    expect(await first(settings[0] as Setting, 4)).not.toBe(starts[0]);
  });

  it('is on the function’s own domain where it is not scaled: a step of Adam is as long there, by the domain’s width', async () => {
    const setting: Setting = { method: 'adam', learningRate: 1e-3, schedule: 'constant' };
    const scaled = await runSynthetic({ ...TASK, ...setting });
    const own = await runSynthetic({ ...TASK, ...setting, unscaled: true });
    expect(own.curve.bestGap[0]).toBeCloseTo(scaled.curve.bestGap[0] as number, 6); // the same point, rounded otherwise
    expect(own.bestGap).toBeCloseTo(scaled.bestGap, 6);
  });
});

describe('the gap', () => {
  it('is never negative by rounding, and never hides that a minimum is wrong', () => {
    const minimum = TEST_FUNCTIONS['styblinski-tang'].minimum(50);
    expect(gapOf(minimum + 1, minimum, 50)).toBeCloseTo(1, 9);
    expect(gapOf(minimum, minimum, 50)).toBe(0);
    expect(gapOf(minimum * (1 + Number.EPSILON), minimum, 50)).toBe(0);
    expect(() => gapOf(minimum - 1e-8, minimum, 50)).toThrow('the least that the function has');
    expect(() => gapOf(-1e-300, 0, 50)).toThrow('the least that the function has');
  });
});

describe('the summary', () => {
  const result = (bestGap: number, seed: number, setting: Partial<SyntheticResult> = {}): SyntheticResult => ({
    function: 'sphere' as TestFunctionName,
    dimension: 2,
    method: 'adam',
    learningRate: 0.1,
    schedule: 'cosine',
    seed,
    evaluations: 10,
    gradients: 5 + seed,
    bestGap,
    finalGap: bestGap + 1,
    curve: { evaluations: [1], bestGap: [bestGap] },
    seconds: 0,
    ...setting,
  });
  const pair = (alone: number[], hybrid: number[]): SyntheticResult[] => [
    ...alone.map((gap, seed) => result(gap, seed)),
    ...hybrid.map((gap, seed) => result(gap, seed, { method: 'adam+dscd' })),
  ];

  it('has median, least and largest of the seeds', () => {
    expect(summarize([4, 1, 2].map((gap, seed) => result(gap, seed)))).toEqual({
      function: 'sphere',
      dimension: 2,
      method: 'adam',
      learningRate: 0.1,
      schedule: 'cosine',
      seeds: 3,
      evaluations: 10,
      gradients: 6,
      bestGap: { median: 2, min: 1, max: 4 },
      finalGap: { median: 3, min: 2, max: 5 },
    });
    expect(groupRuns(pair([1, 2], [3])).map((runs) => runs.length)).toEqual([2, 1]);
  });

  it.each([
    [[9, 9, 9], [1, 2, 10], 'improved', 2],
    [[2, 2, 2], [3, 3, 1], 'worse', 1],
    [[5, 6, 7], [5, 6, 7], 'tied', 0],
    [[1e-9, 1e-9, 1e-9], [0, 0, 0], 'tied', 3],
  ] as const)('says of %j with DSCD at %j that it %s', (alone, hybrid, verdict, wins) => {
    expect(compareDscd(pair([...alone], [...hybrid]))).toMatchObject([{ verdict, wins, seeds: 3 }]);
  });

  it('compares only the same settings', () => {
    const other = result(1, 0, { method: 'adam+dscd', schedule: 'constant' });
    expect(compareDscd([result(2, 0), other])).toEqual([]);
    const same = result(1, 0, { method: 'adam+dscd' });
    expect(describeEffects(compareDscd([result(2, 0), other, same]))).toBe(
      'DSCD improved 1 of 1 settings of Adam in the median best gap, 0 tied, 0 got worse',
    );
  });
});
