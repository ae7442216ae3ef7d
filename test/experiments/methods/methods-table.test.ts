import { expect, it } from 'vitest';
import { cellsOf } from '../../../experiments/comparison/render-table.ts';
import {
  listMethodsTasks,
  planMethods,
  readMethodsPlan,
  searchOptionsOf,
} from '../../../experiments/methods/methods-plan.ts';
import { textOfMethods } from '../../../experiments/methods/methods-report.ts';
import { methodsRows, methodsTable } from '../../../experiments/methods/methods-table.ts';
import { runMethods } from '../../../experiments/methods.ts';
import { SEARCH_METHOD_NAMES, SEARCH_METHODS } from '../../../src/search/methods.ts';
import { isDrawn } from '../../../src/space/drawn-relaxation.ts';
import { runInProcess } from '../../support/run-in-process.ts';
import { madeUpRun, PLAN } from './made-up-runs.ts';

it('plans every method in every space, and random cells of each', () => {
  const plan = planMethods('smoke', {});
  expect(listMethodsTasks(plan)).toHaveLength(4 * 7 + 4);
  expect(readMethodsPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  const fair = searchOptionsOf(plan, { space: 's1', method: 'fair-darts+dscd', seed: 3 });
  expect(fair).toMatchObject({ space: 's1', seed: 3, threshold: 0.85, acceptance: 'paired', zeroOneRise: 1 });
});

it.each([
  [['--spaces', 's9'], 'spaces must be among'],
  [['--methods', 'enas'], 'methods must be among'],
  [['--random', '-1'], 'random must be an integer from 0'],
  [['--methods', 'random', '--random', '0'], 'random must be at least 1'],
])('refuses %j by one sentence and exit code 2', async (args, said) => {
  const { code, stderr } = await runInProcess(runMethods, args);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^error: .*\n$/) });
  expect(stderr).toContain(said);
});

it.each(['smoke', 'quick', 'laptop'] as const)('takes every method of the table, at the sizes of %s', (preset) => {
  const plan = planMethods(preset, { methods: SEARCH_METHOD_NAMES });
  expect(['random', ...plan.methods.map(({ name }) => name)].toSorted()).toEqual(SEARCH_METHOD_NAMES.toSorted());
  expect(listMethodsTasks(plan).length).toBeGreaterThan(0);
});

it.each(SEARCH_METHOD_NAMES.filter((name) => name !== 'random'))(
  'watches skips, and curvature where there is one: %s',
  (method) => {
    const { watch } = searchOptionsOf(planMethods('smoke', { methods: [method] }), { space: 's2', method, seed: 0 });
    expect(watch).toEqual(isDrawn(SEARCH_METHODS[method].relaxation) ? ['skips'] : ['eigenvalue', 'skips']);
  },
);

it('has a row for each method, with means over its runs, and a dash where there can be no number', () => {
  const rows = methodsRows(PLAN, [
    madeUpRun('darts', 0, 0.6, { eigenvalue: 0.25 }),
    madeUpRun('darts', 1, 0.7, { eigenvalue: 0.75 }),
    madeUpRun('gdas', 0, 0.5),
    madeUpRun('random', 0, 0.65),
  ]);
  expect(rows.map(({ method, done, planned }) => [method, done, planned])).toEqual([
    ['darts', 2, 2],
    ['darts+dscd', 0, 2],
    ['gdas', 1, 2],
    ['random', 1, 1],
  ]);
  const table = methodsTable(rows);
  const [eigenvalue, seconds, retrained] = (['eigenvalue', 'seconds', 'retrained'] as const).map((key) => {
    const column = table.columns.findIndex((one) => one.key === key);
    return cellsOf(table).map((row) => row[column]);
  });
  expect(eigenvalue).toEqual(['0.500 ± 0.354', '', '-', '-']);
  expect(seconds).toEqual(['10 ± 0', '', '10', '-']);
  expect(retrained).toEqual(['65.00 ± 7.07', '', '50.00', '65.00']);
});

it('lists below the table what ended otherwise, each with its reason', () => {
  const text = textOfMethods(PLAN, [
    madeUpRun('darts', 0, 0.6, { stopped: { by: 'eigenvalue', epoch: 14, cellsOf: 8 } }),
    madeUpRun('darts', 1, 0, { outcome: 'invalid', reason: 'normal cell: it is empty', retrained: null }),
  ]);
  expect(text).toContain(
    '\nEnded before the last epoch: s2, darts, seed 0 (stopped after epoch 14 because the eigenvalue rose, with the cells of epoch 8).',
  );
  expect(text).toContain('\nInvalid: s2, darts, seed 1 (normal cell: it is empty).');
  expect(textOfMethods(PLAN, [madeUpRun('darts', 0, 0.6)])).not.toContain('Ended before');
});
