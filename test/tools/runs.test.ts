import { appendFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RunOverview } from '../../src/record/run-overview.ts';
import { runRuns } from '../../tools/runs.ts';
import { testFolder, writeFakeRetraining, writeFakeSearch } from '../support/fake-run.ts';
import { captureIo, captureTerminal, type ProgramEnding, runInProcess } from '../support/run-in-process.ts';

let folder: string;

/** Three runs: a search that is done and its retraining, and a search that failed a moment ago after two of its epochs. */
beforeEach(() => {
  folder = testFolder();
  const search = writeFakeSearch(join(folder, 'seed-10'));
  const retraining = writeFakeRetraining(join(search, 'retrain'));
  const failed = writeFakeSearch(join(folder, 'seed-2'), { epochs: 2, ended: false });
  const at = { t: 0, incarnation: 1 };
  const lines = [
    { event: 'started', ...at, host: 'north', cpu: 'a processor', pid: 1, step: 0, last: null },
    { event: 'ended', ...at, how: 'the disk is full', died: false },
  ];
  writeFileSync(join(failed, 'attempts.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const now = Date.now() / 1000;
  for (const [run, hours] of [
    [search, 2],
    [retraining, 3],
    [failed, 1],
  ] as const) {
    for (const name of ['config.json', 'metrics.jsonl', 'trace.jsonl']) {
      utimesSync(join(run, name), now, now - 3600 * hours);
    }
  }
});

const runs = (...args: string[]): Promise<ProgramEnding> => runInProcess(runRuns, [folder, ...args]);

/** Names of the runs in the order of the table. */
async function names(...args: string[]): Promise<string[]> {
  const { stdout } = await runs('--json', ...args);
  return stdout
    .split('\n')
    .flatMap((line) => (line === '' ? [] : (JSON.parse(line) as RunOverview).path.slice(folder.length + 1)));
}

describe('lesslocal runs', () => {
  it('shows all runs below a folder, and counts them', async () => {
    const { code, stdout, stderr } = await runs();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['run', 'state', 'what', 'host', 'why it ended', 'epoch', 'accuracy', 'last sign'],
      ['seed-2', 'failed', 'fair-darts+dscd', 'north', 'the disk is full', '2/3', '30.0 %', '60 min ago'],
      ['seed-10', 'done', 'fair-darts+dscd', '3/3', '45.0 %', '2 h ago'],
      ['seed-10/retrain', 'done', 'retraining', '1/1', '44.3 %', '3 h ago'],
      [''],
      ['3 runs: 1 failed, 2 done'],
      [''],
    ]);
  });

  it('sorts and filters', async () => {
    expect(await names('--sort', 'accuracy')).toEqual(['seed-10', 'seed-10/retrain', 'seed-2']);
    expect(await names('--sort', 'accuracy', '--reverse')).toEqual(['seed-2', 'seed-10/retrain', 'seed-10']);
    expect(await names('--sort', 'sign')).toEqual(['seed-2', 'seed-10', 'seed-10/retrain']);
    expect(await names('--sort', 'state')).toEqual(['seed-2', 'seed-10', 'seed-10/retrain']);
    expect(await names('--sort', 'host')).toEqual(['seed-2', 'seed-10', 'seed-10/retrain']);
    expect(await names('--job', 'search')).toEqual(['seed-2', 'seed-10']);
    expect(await names('--state', 'dead,failed')).toEqual(['seed-2']);
    expect((await runs('--state', 'paused')).stdout).toBe('0 runs\n');
  });

  it('refuses unknown states and orders, and a folder that is not there', async () => {
    for (const [args, sentence] of [
      [[folder, '--state', 'lost'], 'state must be among running, paused, failed, dead, done, got "lost"'],
      [[folder, '--sort', 'size'], "'size' is invalid"],
      [[join(folder, 'none')], `there is no folder ${join(folder, 'none')}`],
    ] as const) {
      const { code, stderr } = await runInProcess(runRuns, args);
      expect(code).toBe(2);
      expect(stderr).toContain(sentence);
    }
  });

  it('shows runs again as they go on, until Ctrl-C', async () => {
    const seen: string[] = [];
    const io = captureIo('lesslocal runs', () => {
      seen.push(io.stdout.text);
      if (seen.length === 3) {
        appendFileSync(
          join(folder, 'seed-2', 'metrics.jsonl'),
          '{"event":"epoch","epoch":3,"step":18,"validation":{"accuracy":0.5}}\n',
        );
      }
      if (seen.length === 4) io.signals.emit('SIGINT');
    });
    const { code, stdout } = await runInProcess(runRuns, [folder, '--watch', '--json'], io);
    expect(code).toBe(0);
    const told = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunOverview);
    expect(told).toHaveLength(4);
    expect(told[3]).toMatchObject({ epoch: 3, accuracy: 0.5, state: 'failed' });
  });

  it('fills a terminal, and no more of it', async () => {
    const io = captureTerminal(80, 'lesslocal runs');
    Object.assign(io.stdout, { rows: 6 });
    const ending = runInProcess(runRuns, [folder, '--watch'], io);
    await expect.poll(() => io.stdout.text).toContain('3 runs');
    io.signals.emit('SIGINT');
    const { code, stdout } = await ending;
    expect(code).toBe(0);
    expect(stdout.startsWith('\u001B[H\u001B[J')).toBe(true);
    expect(stdout.trimEnd().split('\n').slice(-2)).toEqual(['…', '3 runs: 1 failed, 2 done']);
    expect(stdout.trimEnd().split('\n').length).toBeLessThan(6);
  });
});
