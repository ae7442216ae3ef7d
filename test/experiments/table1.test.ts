import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runTable1 } from '../../experiments/table1.ts';
import { type CapturedIo, captureIo, runInProcess } from '../support/run-in-process.ts';
import { writeTinyCifar } from '../support/tiny-cifar.ts';
import { parseLines } from './run-comparison.ts';
import { filesOf, type TableLine, TableProgram } from './table1/run-table.ts';

/** A folder for a test, with pictures in it. */
function temporaryFolder(): { readonly data: string; path(name: string): string } {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-table-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const data = join(folder, 'data');
  writeTinyCifar(data, { train: 96, test: 32 });
  return { data, path: (name) => join(folder, name) };
}

/** What DSCD finds is invalid here, after so short a search; what is drawn at random is not. */
const ARGS =
  '--preset smoke --methods fair-darts+dscd,random --acceptance window --lengths 3 --seeds 1 --threads 1 --parallel 1 --json'.split(
    ' ',
  );

const atStep =
  (folder: string, phase: string, step: number) =>
  (line: TableLine): boolean =>
    line.event === 'step' && line.folder?.startsWith(folder) === true && line.phase === phase && line.step === step;

async function refusal(args: readonly string[]): Promise<string> {
  const { code, stderr } = await runInProcess(runTable1, args);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^error: .*\n$/) });
  return stderr;
}

describe('node experiments/table1.ts', () => {
  it('makes the table, and the same one when it is killed, interrupted and resumed', async () => {
    const { data, path } = temporaryFolder();
    const made = await runInProcess(runTable1, [...ARGS, '--data', data, '--out', path('undisturbed')]);
    expect(made.code).toBe(0);
    const lines = parseLines(made.stdout);
    const undisturbed = filesOf(path('undisturbed'), 'table1');

    expect(lines[0]).toMatchObject({ event: 'planned', runs: 2, expectedSeconds: expect.any(Number) });
    const runs = lines.filter(({ event }) => event === 'run');
    expect(runs.map(({ method, outcome }) => [method, outcome])).toEqual([
      ['fair-darts+dscd', 'invalid'],
      ['random', 'retrained'],
    ]);
    expect(runs.at(-1)).toMatchObject({ secondsLeft: expect.closeTo(0, 6) });
    expect(lines.at(-1)).toMatchObject({ event: 'done', table: path('undisturbed'), rows: undisturbed.rows });
    expect(undisturbed).toMatchObject({
      planned: 2,
      rows: [
        { valid: 0, invalid: 1, acceptance: 'window', retrained: null, search: { test: { count: 1 } } },
        { valid: 1, invalid: 0, acceptance: null, retrained: { count: 1, sd: null } },
      ],
    });
    // The table says what the runs' own folders say.
    for (const { folder, search, retrained } of undisturbed.runs as { [name: string]: unknown }[]) {
      const run = join(path('undisturbed'), String(folder));
      const found = JSON.parse(readFileSync(join(run, 'search', 'genotype.json'), 'utf8'));
      expect(search).toEqual(found.searchAccuracy);
      expect(existsSync(join(run, 'retrain'))).toBe(retrained !== null);
      if (retrained === null) continue;
      const { test, weightsDigest } = JSON.parse(readFileSync(join(run, 'retrain', 'result.json'), 'utf8'));
      expect(retrained).toMatchObject({ accuracy: test.accuracy, loss: test.loss, weightsDigest });
    }

    const killed = new TableProgram([...ARGS, '--data', data, '--out', path('disturbed')]);
    await killed.until(atStep('fair-darts+dscd', 'search', 8));
    killed.child.kill('SIGKILL');
    expect((await killed.ended).code).toBe(null);

    const resume = ['--resume', path('disturbed'), '--json', '--workers', '1', '--threads', '1', '--parallel', '1'];
    const interrupted = new TableProgram(resume);
    await interrupted.until(atStep('random', 'retraining', 5));
    interrupted.child.kill('SIGINT');
    const { code, stderr } = await interrupted.ended;
    expect(code).toBe(130);
    expect(filesOf(path('disturbed'), 'table1')).toMatchObject({ planned: 2, runs: [{ method: 'fair-darts+dscd' }] });
    expect(stderr).toMatch(/; go on with: node experiments\/table1\.ts --resume .*disturbed\n$/);

    const resumed = await runInProcess(runTable1, resume);
    expect(resumed.code).toBe(0);
    const resumedLines = parseLines(resumed.stdout);
    expect(resumedLines.filter(({ event }) => event === 'run').map(({ method }) => method)).toEqual(['random']);
    expect(resumedLines.some((line) => line.phase === 'search')).toBe(false);
    expect(filesOf(path('disturbed'), 'table1')).toEqual(undisturbed);

    // Resumed at its end, in words.
    const { code: again, stdout } = await runInProcess(runTable1, ['--resume', path('disturbed')]);
    expect(again).toBe(0);
    expect(stdout).toMatch(/^fair-darts\+dscd +ours +3 +1 +0 .* Invalid arch\.$/m);
    expect(stdout).toMatch(/^FairDARTS \+ DSCD +paper +1500 +100\.00 +83\.12 +83\.40 +97\.50$/m);
    expect(filesOf(path('disturbed'), 'table1')).toEqual(undisturbed);

    // What stands in the folder must be what the table's record says.
    expect(await refusal([...ARGS, '--data', data, '--out', path('disturbed')])).toContain('exists and is not empty');
    const config = join(path('disturbed'), 'fair-darts+dscd-3', 'seed-0', 'search', 'config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace('"alphaLearningRate": 0.1', '"alphaLearningRate": 0.2'));
    expect(await refusal(['--resume', path('disturbed'), '--json'])).toContain('other options than the experiment');
  });

  it('makes the same table with runs side by side, which pause together and go on together', async () => {
    const { data, path } = temporaryFolder();
    const args = [
      '--preset',
      'smoke',
      '--methods',
      'random',
      '--lengths',
      '2',
      '--seeds',
      '3',
      '--json',
      '--data',
      data,
    ];
    const made = await runInProcess(runTable1, [...args, '--parallel', '1', '--out', path('one')]);
    expect(made.code).toBe(0);

    let interrupted = false;
    const io: CapturedIo = captureIo('node program.ts', () => {
      if (interrupted) return;
      const lines = parseLines(io.stdout.text.slice(0, io.stdout.text.lastIndexOf('\n') + 1)) as TableLine[];
      const underWay = ['0', '1'].every((seed) => lines.some(atStep(join('random-2', `seed-${seed}`), 'search', 2)));
      if (underWay) interrupted = io.signals.emit('SIGINT');
    });
    const paused = await runInProcess(runTable1, [...args, '--parallel', '2', '--out', path('two')], io);
    expect(paused.code).toBe(130);

    const resumed = await runInProcess(runTable1, ['--resume', path('two'), '--json']);
    expect(resumed.code).toBe(0);
    const started = parseLines(resumed.stdout).filter((line) => line.event === 'started' && line.phase === 'search');
    expect(started.filter(({ step }) => Number(step) > 0)).toHaveLength(2);
    expect(filesOf(path('two'), 'table1')).toEqual(filesOf(path('one'), 'table1'));
  });

  it('says how long the paper’s own table would take, before it begins', async () => {
    const { data, path } = temporaryFolder();
    // The tiny set lacks pictures: so it ends by itself, right after.
    const args = ['--preset', 'paper', '--threads', '2', '--parallel', '1', '--data', data, '--out', path('paper')];
    const { code, stdout, stderr } = await runInProcess(runTable1, args);
    expect(stdout).toMatch(
      /^table 1 +paper: 24 searches and their retrainings, 1 at a time; in all about [\d.]+ years on 2 threads/,
    );
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('50000') });
  });

  it('refuses what it cannot do with one sentence and exit code 2', async () => {
    const { path } = temporaryFolder();
    expect(await refusal(['--lengths', '0'])).toContain('lengths must be integers from 1');
    expect(await refusal(['--resume', path('data')])).toContain('holds no table1: config.json cannot be read');
    writeFileSync(path('data/config.json'), JSON.stringify({ experiment: 'table2', experimentVersion: 1 }));
    expect(await refusal(['--resume', path('data')])).toContain('holds no table1');
  });
});
