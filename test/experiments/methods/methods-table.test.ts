import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  listMethodsTasks,
  planMethods,
  readMethodsPlan,
  searchOptionsOf,
} from '../../../experiments/methods/methods-plan.ts';
import { runMethods } from '../../../experiments/methods.ts';
import { runInProcess } from '../../support/run-in-process.ts';
import { writeTinyCifar } from '../../support/tiny-cifar.ts';

it('plans every method in every space, and random cells of each', () => {
  const plan = planMethods('smoke', {});
  expect(listMethodsTasks(plan)).toHaveLength(4 * 6 + 4);
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

it('makes a table and a figure, and makes nothing again when it is resumed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-methods-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  writeTinyCifar(join(folder, 'data'), { train: 96, test: 32 });
  const out = join(folder, 'out');
  const args = '--preset smoke --spaces s2 --methods darts --epochs 1 --threads 1 --parallel 1 --json --data'.split(
    ' ',
  );
  expect((await runInProcess(runMethods, [...args, join(folder, 'data'), '--out', out])).code).toBe(0);
  for (const ending of ['md', 'csv', 'json', 'svg', 'html'])
    expect(existsSync(join(out, `methods.${ending}`))).toBe(true);
  const made = readFileSync(join(out, 'methods.json'), 'utf8');
  const row = { done: 1, valid: 1, invalid: 0, eigenvalue: null };
  expect(JSON.parse(made).rows).toMatchObject([
    { space: 's2', method: 'darts', ...row },
    { space: 's2', method: 'random', ...row, seconds: null },
  ]);
  const again = await runInProcess(runMethods, ['--resume', out, '--json']);
  expect(again.code).toBe(0);
  expect(again.stdout).not.toContain('"event":"run"');
  expect(readFileSync(join(out, 'methods.json'), 'utf8')).toBe(made);
});
