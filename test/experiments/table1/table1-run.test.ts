import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { planTable1, type Table1Plan, type Table1Task } from '../../../experiments/table1/table1-plan.ts';
import { makeTable1Run } from '../../../experiments/table1/table1-run.ts';
import { loadCifar10 } from '../../../src/data/cifar10.ts';
import { RunFolderError } from '../../../src/record/run-folder.ts';
import { writeTinyCifar } from '../../support/tiny-cifar.ts';

const SMOKE = planTable1('smoke', { engine: 'cpu', threads: 1, workers: 1 });

/** What runs are made with in a folder of their own, and how their phases stood. */
async function surround(plan: Table1Plan): Promise<{
  readonly path: string;
  readonly states: string[];
  make(task: Table1Task): ReturnType<typeof makeTable1Run>;
}> {
  const path = mkdtempSync(join(tmpdir(), 'lesslocal-table-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }));
  writeTinyCifar(join(path, 'data'), { train: 96, test: 32 });
  const states: string[] = [];
  const data = await loadCifar10({ data: join(path, 'data') });
  const surroundings = {
    path,
    overrides: {},
    data,
    facts: data,
    signal: new AbortController().signal,
    otherEngine: false,
    onEvent: () => undefined,
    around: async <T>(phase: string, state: string, work: () => Promise<T>): Promise<T> => {
      states.push(`${phase} ${state}`);
      return await work();
    },
  };
  return { path, states, make: (task) => makeTable1Run(task, plan, surroundings) };
}

describe('a run of table 1 whose numbers become infinite', () => {
  it('is an outcome of its own, and the same one when it is asked for again', async () => {
    const { make, states } = await surround({
      ...SMOKE,
      search: { ...SMOKE.search, weightsLearningRate: 1e30 },
    });
    const task: Table1Task = { variant: 'fair-darts', epochs: 1, seed: 0 };
    const first = await make(task);
    expect(first).toMatchObject({ ...task, outcome: 'diverged', search: null, genotype: null, retrained: null });
    expect(first).toMatchObject({
      folder: join('fair-darts', '1-epochs', 'seed-0'),
      reason: expect.stringMatching(/^search: .*NaN/),
    });
    expect(await make(task)).toEqual(first);
    expect(states).toEqual(['search new']);
  });
});

describe('a run of table 1 that was damaged after its end', () => {
  it('is the same where a last line is half written, and says which result to remove', async () => {
    const { make, path, states } = await surround(SMOKE);
    // Both of its cells are valid.
    const task: Table1Task = { variant: 'paired-4', epochs: 1, seed: 1 };
    const first = await make(task);
    const file = (...names: string[]): string => join(path, 'paired-4', '1-epochs', 'seed-1', ...names);
    for (const phase of ['search', 'retrain']) appendFileSync(file(phase, 'metrics.jsonl'), '{"event":"ep');
    expect(await make(task)).toEqual(first);

    for (const damaged of [file('retrain', 'result.json'), file('search', 'genotype.json')]) {
      writeFileSync(damaged, '{');
      const again = make(task);
      await expect(again).rejects.toThrow(RunFolderError);
      await expect(again).rejects.toThrow(`${damaged} is damaged: remove it`);
      rmSync(damaged);
      expect(await make(task)).toEqual(first);
    }
    expect(states.slice(0, 4)).toEqual(['search new', 'retraining new', 'search done', 'retraining done']);
  });
});
