import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/math/random.ts';
import type { MethodName } from '../../../src/optimize/minimize/create-optimizer.ts';
import { minimize } from '../../../src/optimize/minimize/minimize.ts';
import type { MinimizeOptions } from '../../../src/optimize/minimize/minimize-options.ts';
import type { Optimizer } from '../../../src/optimize/optimizer.ts';
import { UniformSampling } from '../../../src/optimize/rivals/uniform-sampling.ts';
import type { EvaluationRow } from '../../../src/optimize/study/evaluation-row.ts';
import { STYBLINSKI_TANG } from '../../../src/optimize/test-functions/test-functions.ts';

/** Runs, and collects the rows beside what the objective saw. */
async function collect(options: MinimizeOptions, value = STYBLINSKI_TANG.value) {
  const rows: EvaluationRow[] = [];
  const seen: { position: number[]; loss: number; step: number }[] = [];
  const objective = {
    ...STYBLINSKI_TANG,
    value(x: Float64Array, step: number): number {
      const loss = value(x);
      seen.push({ position: [...x], loss, step });
      return loss;
    },
  };
  const result = await minimize(objective, { ...options, onEvaluation: (row) => rows.push(row) });
  return { rows, seen, result };
}

const kindsOf = (rows: readonly EvaluationRow[]): Set<string> => new Set(rows.map(({ kind }) => kind));

describe('the rows of a run', () => {
  it.each<[MethodName, string[]]>([
    ['adam', ['local', 'final']],
    ['adam+dscd', ['local', 'proposal', 'final']],
    ['dscd', ['start', 'proposal', 'final']],
    ['cma-es', ['start', 'sample', 'final']],
    ['uniform', ['start', 'sample', 'final']],
    ['basin-hopping', ['local', 'final']],
    ['coordinate-descent', ['local', 'final']],
  ])('of %s are its evaluations in order, with their kinds', async (method, kinds) => {
    const { rows, seen, result } = await collect({ method, start: [1, -2, 3], evaluations: 150 });
    expect(rows.map(({ position, loss, step }) => ({ position, loss, step }))).toEqual(seen);
    expect(rows.map(({ number }) => number)).toEqual(seen.map((_, i) => i));
    let best = Infinity;
    for (const row of rows) {
      best = Math.min(best, row.loss);
      expect(row.best).toBe(best);
      expect(row).not.toHaveProperty('time');
    }
    expect(kindsOf(rows)).toEqual(new Set(kinds));
    expect(rows.at(-1)).toMatchObject({ kind: 'final', loss: result.finalLoss });
    expect(rows.find(({ kind }) => kind === 'start')?.position ?? [1, -2, 3]).toEqual([1, -2, 3]);
  });

  it.each(['window', 'paired'] as const)('say which proposals were accepted (%s)', async (acceptance) => {
    const outcomes: (number | null)[] = [];
    const options: MinimizeOptions = {
      method: 'dscd',
      coordinates: 4,
      evaluations: 200,
      dscd: { proposals: 3, acceptance },
      onProgress: ({ outcome }) => void outcomes.push(outcome!.accepted),
    };
    const { rows } = await collect(options);
    const byStep = [...Map.groupBy(rows, ({ step }) => step).values()].slice(0, -1);
    const accepted = byStep.map((step) => {
      const proposals = step.filter(({ kind }) => kind === 'proposal');
      expect(proposals).toHaveLength(3);
      for (const row of step) expect(typeof row.accepted).toBe(row.kind === 'proposal' ? 'boolean' : 'object');
      return proposals.findIndex((row) => row.accepted);
    });
    expect(accepted).toEqual(outcomes.map((index) => index ?? -1));
    expect(accepted.some((index) => index >= 0)).toBe(true);
    expect(kindsOf(rows).has('base')).toBe(acceptance === 'paired');
  });

  it('have positions in the ranges that were given', async () => {
    const bounds = [
      { low: 1e-4, high: 1, scale: 'log' },
      { low: 1, high: 9, integer: true },
      { categories: 3 },
    ] as const;
    const { rows, seen } = await collect({ method: 'dscd', bounds, evaluations: 60 }, (x) => x[0]! + x[1]! + x[2]!);
    expect(rows.map(({ position }) => position)).toEqual(seen.map(({ position }) => position));
    for (const { position } of rows) {
      expect(position[0]).toBeGreaterThanOrEqual(1e-4);
      expect(Number.isInteger(position[1])).toBe(true);
      expect([0, 1, 2]).toContain(position[2]);
    }
  });

  it('are lines of JSON, in which a loss that is not finite is null', async () => {
    const { rows } = await collect({ method: 'uniform', coordinates: 1, evaluations: 3 }, () => Number.NaN);
    const [line] = rows.map((row) => JSON.parse(JSON.stringify(row)));
    expect(line).toMatchObject({ number: 0, loss: null, best: null, accepted: null });
    expect(rows[0]).toMatchObject({ loss: Number.NaN, best: Infinity });
  });

  it('tell the time if it is asked for', async () => {
    const { rows } = await collect({ method: 'uniform', coordinates: 1, evaluations: 3, tableTime: true });
    for (const { time } of rows) expect(new Date(time!).toISOString()).toBe(time);
  });

  it('are the same with speculation, and of an optimizer that does not say what its points are for', async () => {
    const options: MinimizeOptions = { method: 'dscd', coordinates: 2, evaluations: 80 };
    const { rows } = await collect(options);
    expect((await collect({ ...options, speculative: 3 })).rows).toEqual(rows);
    const inside = new UniformSampling({ start: [1, 2] }, Random.fromSeed(0));
    const silent: Optimizer = {
      position: inside.position,
      ask: (progress) => inside.ask(progress).map(({ kind: _, ...point }) => point),
      tell: (evaluations) => inside.tell(evaluations),
      save: () => inside.save(),
      restore: (state) => inside.restore(state),
    };
    expect(kindsOf((await collect({ method: silent, evaluations: 5 })).rows)).toEqual(new Set(['point', 'final']));
  });
});
