import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { planTable1, type Table1Task } from '../../../experiments/tables/table1-plan.ts';
import { makeTable1Run } from '../../../experiments/tables/table1-run.ts';
import { loadCifar10 } from '../../../src/data/cifar10.ts';
import { writeTinyCifar } from '../../support/tiny-cifar.ts';

describe('a run of table 1 whose numbers become infinite', () => {
  it('is an outcome of its own, and the same one when it is asked for again', async () => {
    const path = mkdtempSync(join(tmpdir(), 'lesslocal-table-'));
    onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }));
    writeTinyCifar(join(path, 'data'), { train: 96, test: 32 });
    const smoke = planTable1('smoke', { engine: 'cpu', threads: 1, workers: 1 });
    const plan = { ...smoke, search: { ...smoke.search, weightsLearningRate: 1e30 } };
    const task: Table1Task = { method: 'fair-darts', acceptance: null, epochs: 1, seed: 0 };
    const states: string[] = [];
    const surroundings = {
      path,
      plan,
      overrides: {},
      data: await loadCifar10({ data: join(path, 'data') }),
      signal: new AbortController().signal,
      onEvent: () => undefined,
      around: async <T>(phase: string, state: string, work: () => Promise<T>): Promise<T> => {
        states.push(`${phase} ${state}`);
        return await work();
      },
    };
    const first = await makeTable1Run(task, surroundings);
    expect(first).toMatchObject({ ...task, outcome: 'diverged', search: null, genotype: null, retrained: null });
    expect(first).toMatchObject({
      folder: join('fair-darts-1', 'seed-0'),
      reason: expect.stringMatching(/^search: .*NaN/),
    });
    expect(await makeTable1Run(task, surroundings)).toEqual(first);
    expect(states).toEqual(['search new', 'search begun']);
  });
});
