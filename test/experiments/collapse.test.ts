import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCollapse } from '../../experiments/collapse.ts';
import { type CapturedIo, captureIo, runInProcess } from '../support/run-in-process.ts';
import { writeTinyCifar } from '../support/tiny-cifar.ts';
import { parseLines } from './run-comparison.ts';

const folder = mkdtempSync(join(tmpdir(), 'lesslocal-collapse-'));
const path = (name: string): string => join(folder, name);

const ARGS = ['--preset', 'smoke', '--variants', 'dscd,half', '--epochs', '2', '--seeds', '1', '--json'];

/** The files of the experiment that a clock does not change. */
function filesOf(name: string): Record<string, unknown> {
  const read = (file: string): string => readFileSync(join(path(name), file), 'utf8');
  const { runs, rows } = JSON.parse(read('collapse.json')) as { runs: { seconds: unknown }[]; rows: unknown };
  const texts = [
    'collapse.jsonl',
    'collapse.csv',
    'collapse.md',
    'figure2.svg',
    'before.svg',
    'after.svg',
    'collapse.html',
  ];
  return {
    rows,
    runs: runs.map(({ seconds, ...run }) => run),
    ...Object.fromEntries(texts.map((file) => [file, read(file)])),
  };
}

it('watches searches side by side, and the same ones when they are interrupted and resumed', async () => {
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  writeTinyCifar(path('data'), { train: 96, test: 32 });
  const args = [...ARGS, '--data', path('data')];
  const made = await runInProcess(runCollapse, [...args, '--parallel', '1', '--out', path('one')]);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const lines = parseLines(made.stdout);
  expect(lines[0]).toMatchObject({ event: 'planned', preset: 'smoke', runs: 2, parallel: 1 });
  expect(lines.at(-1)).toMatchObject({ event: 'done', rows: [{ variant: 'dscd' }, { variant: 'half' }] });

  // The epochs say what the records of the searches say.
  const one = filesOf('one');
  const epochs = parseLines(String(one['collapse.jsonl']));
  expect(epochs.map(({ variant, epoch }) => [variant, epoch])).toEqual(
    ['dscd', 'half'].flatMap((variant) => [0, 1, 2].map((epoch) => [variant, epoch])),
  );
  for (const variant of ['dscd', 'half']) {
    const recorded = parseLines(readFileSync(join(path('one'), variant, 'seed-0', 'search', 'metrics.jsonl'), 'utf8'));
    const last = epochs.findLast((line) => line.variant === variant) as {
      readonly cells: { readonly [kind in 'normal' | 'reduce']: { readonly before: number; readonly after: number } };
    };
    const { meanMixing, validation, alpha } = recorded.findLast(({ event }) => event === 'epoch') as {
      readonly [fact: string]: Record<string, unknown>;
    };
    expect({
      before: { normal: last.cells.normal.before, reduce: last.cells.reduce.before },
      after: { normal: last.cells.normal.after, reduce: last.cells.reduce.after },
    }).toEqual(meanMixing);
    expect(last).toMatchObject({
      accuracy: { validation: validation?.accuracy },
      steps: { localSteps: alpha?.localSteps, accepted: alpha?.accepted, returned: alpha?.returned },
    });
  }

  let interrupted = false;
  const io: CapturedIo = captureIo('node program.ts', () => {
    if (interrupted) return;
    const seen = parseLines(io.stdout.text.slice(0, io.stdout.text.lastIndexOf('\n') + 1));
    const underWay = seen.some(({ event, step }) => event === 'step' && step === 4);
    if (underWay) interrupted = io.signals.emit('SIGINT');
  });
  const paused = await runInProcess(runCollapse, [...args, '--parallel', '2', '--out', path('two')], io);
  expect(paused.code).toBe(130);
  expect(paused.stderr).toMatch(/^interrupted after \d+ iterations; go on with: node program\.ts --resume .*two\n$/);
  expect(existsSync(join(path('two'), 'collapse.json'))).toBe(false);

  const resumed = await runInProcess(runCollapse, ['--resume', path('two'), '--json']);
  expect(resumed.code).toBe(0);
  const started = parseLines(resumed.stdout).filter(({ event }) => event === 'started');
  expect(started).toHaveLength(2);
  expect(started.some(({ step }) => Number(step) > 0)).toBe(true);
  expect(filesOf('two')).toEqual(one);

  // What was found can be retrained later, and the record keeps that wish.
  const retrained = await runInProcess(runCollapse, ['--resume', path('two'), '--retrain']);
  expect(retrained).toMatchObject({ code: 0, stderr: '' });
  expect(retrained.stdout).toMatch(/^variant .* retrained: test, % +weights, M$/m);
  expect(JSON.parse(readFileSync(join(path('two'), 'config.json'), 'utf8')).plan).toMatchObject({ retrain: true });
  const again = await runInProcess(runCollapse, ['--resume', path('two'), '--json']);
  const rows = parseLines(again.stdout).at(-1)?.rows as { readonly valid: number; readonly retrained: object | null }[];
  expect(rows.map(({ retrained }) => retrained !== null)).toEqual(rows.map(({ valid }) => valid > 0));
});
