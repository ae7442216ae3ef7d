import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runMethods } from '../../../experiments/methods.ts';
import { type CapturedIo, captureIo, runInProcess } from '../../support/run-in-process.ts';
import { writeTinyCifar } from '../../support/tiny-cifar.ts';
import { parseLines } from '../run-comparison.ts';
import { filesOf, TableProgram } from '../table1/run-table.ts';

/** The files of a table, without what the clock says: the last column of its rows, and the seconds of its runs. */
function resultsOf(path: string): object {
  const { runs, rows } = filesOf(path, 'methods') as { runs: object[]; rows: { seconds: object }[] };
  return {
    runs,
    rows: rows.map(({ seconds, ...row }) => row),
    figure: readFileSync(join(path, 'methods.svg'), 'utf8'),
  };
}

it('makes a table and a figure, and the same ones side by side, killed, interrupted and resumed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-methods-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const path = (name: string): string => join(folder, name);
  writeTinyCifar(path('data'), { train: 96, test: 32 });
  const args = [
    ...'--preset smoke --spaces s2 --methods darts-es,gdas --epochs 2 --random 0 --threads 1 --json --data'.split(' '),
    path('data'),
  ];
  const made = await runInProcess(runMethods, [...args, '--parallel', '1', '--out', path('one')]);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  for (const ending of ['md', 'csv', 'json', 'svg', 'html']) {
    expect(existsSync(join(path('one'), `methods.${ending}`))).toBe(true);
  }
  const done = { done: 1, valid: 1, invalid: 0 };
  const rows = [
    { space: 's2', method: 'darts-es', ...done, eigenvalue: { count: 1, mean: expect.any(Number) } },
    { space: 's2', method: 'gdas', ...done, eigenvalue: null, seconds: { count: 1 } },
  ];
  expect(parseLines(made.stdout).at(-1)).toMatchObject({ event: 'done', rows });
  expect(filesOf(path('one'), 'methods').markdown).toMatch(/^\| s2 \| gdas \|.*\| - \| \d+ \|$/m);

  const killed = new TableProgram([...args, '--parallel', '2', '--out', path('two')], 'methods');
  await killed.until(({ event, phase, step }) => event === 'step' && phase === 'search' && Number(step) > 8);
  killed.child.kill('SIGKILL');
  expect((await killed.ended).code).toBe(null);

  let interrupted = false;
  const io: CapturedIo = captureIo('node program.ts', () => {
    if (interrupted) return;
    const lines = parseLines(io.stdout.text.slice(0, io.stdout.text.lastIndexOf('\n') + 1));
    const underWay = lines.some(({ event, phase }) => event === 'step' && phase === 'retraining');
    if (underWay) interrupted = io.signals.emit('SIGINT');
  });
  const paused = await runInProcess(runMethods, ['--resume', path('two'), '--json', '--parallel', '2'], io);
  expect(paused.code).toBe(130);
  expect(paused.stderr).toMatch(/^interrupted after \d+ iterations; go on with: node program\.ts --resume .*two\n$/);

  expect((await runInProcess(runMethods, ['--resume', path('two'), '--json'])).code).toBe(0);
  expect(resultsOf(path('two'))).toEqual(resultsOf(path('one')));

  // At its end nothing is made again.
  const before = filesOf(path('two'), 'methods');
  const again = await runInProcess(runMethods, ['--resume', path('two'), '--json']);
  expect(again.code).toBe(0);
  expect(again.stdout).not.toContain('"event":"run"');
  expect(filesOf(path('two'), 'methods')).toEqual(before);
}, 300_000); // many processes, which take long on a busy machine
