import { describe, expect, it } from 'vitest';
import { summarize, toPanels, toTable } from '../../../experiments/bbob/bbob-report.ts';
import { type BbobResult, runBbob, TARGETS } from '../../../experiments/bbob/bbob-run.ts';

/** A run that hit the first targets, one with each evaluation. */
function made(method: BbobResult['method'], hit: number, bestGap: number, seed = 0): BbobResult {
  const hits = TARGETS.map((_, i) => (i < hit ? i + 1 : null));
  return { function: 1, name: 'sphere', dimension: 2, method, seed, budget: 100, evaluations: 100, bestGap, hits };
}

describe('the report of BBOB', () => {
  it('ranks methods by hit targets, then by the gap, and shares ranks', () => {
    const results = [made('dscd', 10, 3), made('uniform', 20, 9), made('cma-es', 10, 1), made('adam', 10, 3)];
    const ranks = summarize(results).map(({ method, rank }) => [method, rank]);
    expect(ranks).toEqual([
      ['dscd', 3.5],
      ['uniform', 1],
      ['cma-es', 2],
      ['adam', 3.5],
    ]);
    expect(summarize(results)[0]).toMatchObject({ dimension: 2, function: 1, seeds: 1, bestGap: 3, hit: 10 / 51 });
  });

  it('names the best, with the medians of the gaps, and the mean ranks', () => {
    const results = [made('dscd', 5, 1), made('dscd', 5, 3, 1), made('uniform', 5, 2), made('uniform', 5, 4, 1)];
    const { rows } = toTable(summarize(results), ['dscd', 'uniform']);
    expect(rows).toEqual([
      { dimension: '2', function: 'f1 sphere', best: 'dscd', dscd: '2', uniform: '3' },
      { dimension: '2', function: 'mean rank', best: '', dscd: '1.00', uniform: '2.00' },
    ]);
  });

  it('draws the share of targets that were hit after a number of evaluations', () => {
    const [panel] = toPanels([made('dscd', 51, 0), made('dscd', 0, 9, 1)]);
    const [{ name, points }] = panel!.curves as [(typeof panel & object)['curves'][number]];
    expect([panel!.title, name]).toEqual(['2 dimensions', 'dscd']);
    for (const { evaluations, share } of points) {
      expect(share).toBeCloseTo(Math.min(51, Math.floor(2 * evaluations + 1e-9)) / 102, 10);
    }
    expect(points[0]!.evaluations).toBe(0.5);
    expect(points.at(-1)!.evaluations).toBeCloseTo(50, 10);
  });

  it('counts a target when the gap first reaches it', async () => {
    const task = { function: 1, dimension: 2, method: 'cma-es', seed: 0, evaluations: 1500 } as const;
    const { hits, bestGap } = await runBbob(task);
    expect(bestGap).toBeLessThan(1e-8);
    expect(hits.every((hit) => hit !== null)).toBe(true);
    // Uniform samples do not depend on the budget, and the last evaluation is at the best of them.
    const [longer, shorter] = await Promise.all(
      [400, 60].map((evaluations) => runBbob({ ...task, method: 'uniform', evaluations })),
    );
    expect(shorter!.hits).toEqual(longer!.hits.map((hit) => (hit !== null && hit < 60 ? hit : null)));
    expect(shorter!.hits.some((hit) => hit !== null)).toBe(true);
  });
});
