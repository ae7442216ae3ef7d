import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Table1File } from '../../experiments/table1/table1-report.ts';
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
const ARGS = [
  ...'--preset smoke --variants dscd --lengths 3 --seeds 1 --random 1'.split(' '),
  ...'--threads 1 --parallel 1 --json'.split(' '),
];

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
    expect(runs.map(({ variant, outcome }) => [variant, outcome])).toEqual([
      ['dscd', 'invalid'],
      ['random', 'retrained'],
    ]);
    expect(runs.at(-1)).toMatchObject({ secondsLeft: expect.closeTo(0, 6) });
    expect(lines.at(-1)).toMatchObject({ event: 'done', table: path('undisturbed'), rows: undisturbed.rows });
    expect(undisturbed).toMatchObject({
      planned: 2,
      rows: [
        { valid: 0, invalid: 1, epochs: 3, retrained: null, search: { test: { count: 1 } } },
        { valid: 1, invalid: 0, epochs: null, retrained: { count: 1, sd: null }, search: { test: null } },
      ],
    });
    // The table says what the runs' own folders say.
    for (const { folder, search, retrained } of undisturbed.runs as { [name: string]: unknown }[]) {
      const run = join(path('undisturbed'), String(folder));
      expect([existsSync(join(run, 'search')), existsSync(join(run, 'retrain'))]).toEqual([
        search !== null,
        retrained !== null,
      ]);
      if (search !== null) {
        const found = JSON.parse(readFileSync(join(run, 'search', 'genotype.json'), 'utf8'));
        expect(search).toEqual(found.searchAccuracy);
      }
      if (retrained === null) continue;
      const { test, weightsDigest } = JSON.parse(readFileSync(join(run, 'retrain', 'result.json'), 'utf8'));
      const training = { accuracy: test.accuracy, loss: test.loss, weightsDigest };
      expect(retrained).toMatchObject({ accuracy: test.accuracy, trainings: [training] });
    }

    const killed = new TableProgram([...ARGS, '--data', data, '--out', path('disturbed')]);
    await killed.until(atStep('dscd', 'search', 8));
    killed.child.kill('SIGKILL');
    expect((await killed.ended).code).toBe(null);

    const sizes = ['--json', '--workers', '1', '--threads', '1', '--parallel', '1'];
    const joining = ['--join', path('disturbed'), ...sizes];
    const interrupted = new TableProgram(joining);
    await interrupted.until(atStep('random', 'retraining', 5));
    interrupted.child.kill('SIGINT');
    const { code, stderr } = await interrupted.ended;
    expect(code).toBe(130);
    expect(filesOf(path('disturbed'), 'table1')).toMatchObject({ planned: 2, runs: [{ variant: 'dscd' }] });
    expect(stderr).toMatch(/; go on with: node experiments\/table1\.ts --join .*disturbed\n$/);

    const resumed = await runInProcess(runTable1, joining);
    expect(resumed.code).toBe(0);
    const resumedLines = parseLines(resumed.stdout);
    expect(resumedLines.filter(({ event }) => event === 'run').map(({ variant }) => variant)).toEqual(['random']);
    expect(resumedLines.some((line) => line.phase === 'search')).toBe(false);
    expect(filesOf(path('disturbed'), 'table1')).toEqual(undisturbed);

    // Collected from the folders alone.
    rmSync(join(path('disturbed'), 'table1.json'));
    const collected = await runInProcess(runTable1, ['--collect', path('disturbed'), '--json']);
    expect(collected).toEqual({ code: 0, stderr: '', stdout: `${JSON.stringify(resumedLines.at(-1))}\n` });
    expect(filesOf(path('disturbed'), 'table1')).toEqual(undisturbed);

    // Resumed at its end, in words.
    const resume = ['--resume', path('disturbed'), ...sizes];
    const { code: again, stdout } = await runInProcess(runTable1, ['--resume', path('disturbed')]);
    expect(again).toBe(0);
    expect(stdout).toMatch(/^dscd +ours +3 +1 +0 +0 +1 .* [\d.]+$/m);
    expect(stdout).toMatch(/^dscd +ours +3 +0 +Invalid arch\.$/m);
    expect(stdout).toMatch(/^FairDARTS \+ DSCD +paper +1500 +100\.00 +83\.12 +83\.40$/m);
    expect(filesOf(path('disturbed'), 'table1')).toEqual(undisturbed);

    // Every cell can be retrained once more, which makes nothing again; the record keeps that.
    const more = await runInProcess(runTable1, [...resume, '--retrainings', '2']);
    expect(more.code).toBe(0);
    const parts = parseLines(more.stdout).filter(({ event, phase }) => event === 'started' && phase === 'retraining');
    expect(parts).toMatchObject([{ folder: join('random', 'seed-0'), part: 2, parts: 2 }]);
    const [, cell] = filesOf(path('disturbed'), 'table1').runs as { retrained: { trainings: object[] } }[];
    const [, once] = undisturbed.runs as { retrained: { trainings: object[] } }[];
    expect(cell?.retrained.trainings).toEqual([
      ...(once?.retrained.trainings ?? []),
      expect.objectContaining({ seed: 1 }),
    ]);
    expect((await runInProcess(runTable1, resume)).code).toBe(0);
    expect(filesOf(path('disturbed'), 'table1')).toMatchObject({ retrainings: 2, retrainingSpread: { cells: 1 } });

    // What stands in the folder must be what the table's record says.
    expect(await refusal([...ARGS, '--data', data, '--out', path('disturbed')])).toContain('exists and is not empty');
    const config = join(path('disturbed'), 'dscd', '3-epochs', 'seed-0', 'search', 'config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace('"alphaLearningRate": 0.1', '"alphaLearningRate": 0.2'));
    expect(await refusal(['--resume', path('disturbed'), '--json'])).toContain('other options than the experiment');
  });

  it('makes the same table with runs side by side, which pause together and go on together', async () => {
    const { data, path } = temporaryFolder();
    const args = [
      ...'--preset smoke --variants paired-4 --lengths 1 --seeds 2 --random 1 --threads 1 --json --data'.split(' '),
      data,
    ];
    const made = await runInProcess(runTable1, [...args, '--parallel', '1', '--out', path('one')]);
    expect(made.code).toBe(0);

    let interrupted = false;
    const io: CapturedIo = captureIo('node program.ts', () => {
      if (interrupted) return;
      const lines = parseLines(io.stdout.text.slice(0, io.stdout.text.lastIndexOf('\n') + 1)) as TableLine[];
      const underWay = lines.some(({ event, phase, step }) => event === 'step' && phase === 'search' && step === 2);
      if (underWay) interrupted = io.signals.emit('SIGINT');
    });
    const paused = await runInProcess(runTable1, [...args, '--parallel', '2', '--out', path('two')], io);
    expect(paused.code).toBe(130);

    const resumed = await runInProcess(runTable1, ['--join', path('two'), '--json']);
    expect(resumed.code).toBe(0);
    const started = parseLines(resumed.stdout).filter(({ event, phase }) => event === 'started' && phase === 'search');
    expect(started).toHaveLength(2);
    expect(started.some(({ step }) => Number(step) > 0)).toBe(true);
    expect(filesOf(path('two'), 'table1')).toEqual(filesOf(path('one'), 'table1'));

    // A table is compared with its own random cells, and with those of another experiment.
    const { rows, runs, sizes } = filesOf(path('two'), 'table1') as unknown as Table1File;
    expect(rows.map(({ variant, done }) => [variant, done])).toEqual([
      ['paired-4', 2],
      ['random', 1],
    ]);
    const references = runs.flatMap(({ variant, genotype, retrained }) => {
      return variant !== 'random' || retrained === null ? [] : [{ ...retrained, cell: genotype }];
    });
    expect(references).toHaveLength(1);
    writeFileSync(path('references.json'), JSON.stringify({ training: sizes.retraining, references }));
    const compared = ['--resume', path('two'), '--references', path('references.json')];
    expect((await runInProcess(runTable1, compared)).code).toBe(0);
    const again = filesOf(path('two'), 'table1') as unknown as Table1File;
    expect(again).toMatchObject({ random: { references: path('references.json') } });
    expect(again.rows.at(-1)).toMatchObject({ planned: 2, done: 2, retrained: { mean: rows.at(-1)?.retrained?.mean } });
  });

  it('says how long the paper’s own table would take, before it begins', async () => {
    const { data, path } = temporaryFolder();
    // The tiny set lacks pictures: so it ends by itself, right after.
    const args = ['--preset', 'paper', '--threads', '2', '--parallel', '1', '--data', data, '--out', path('paper')];
    const { code, stdout, stderr } = await runInProcess(runTable1, args);
    expect(stdout).toMatch(
      /^table 1 +paper: 31 searches, retrainings and random cells, 1 at a time; in all about [\d.]+ years on 2 threads/,
    );
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('50000') });
  });

  it('refuses what it cannot do with one sentence and exit code 2', async () => {
    const { path } = temporaryFolder();
    expect(await refusal(['--join', path('data'), '--resume', path('data')])).toContain('exclude each other');
    expect(await refusal(['--join', path('data'), '--seeds', '3'])).toContain('seeds: fixed when the run began');
    expect(await refusal(['--join', path('data'), '--retrainings', '3'])).toContain(
      'goes with --resume, not with --join',
    );
    expect(await refusal(['--wait'])).toContain('--wait goes with --join alone');
    expect(await refusal(['--collect', path('data')])).toContain('holds no table1: config.json cannot be read');
    expect(await refusal(['--lengths', '0'])).toContain('lengths must be integers from 1');
    expect(await refusal(['--resume', path('data')])).toContain('holds no table1: config.json cannot be read');
    writeFileSync(path('data/config.json'), JSON.stringify({ experiment: 'table2', experimentVersion: 1 }));
    expect(await refusal(['--resume', path('data')])).toContain('holds no table1');
  });
});
