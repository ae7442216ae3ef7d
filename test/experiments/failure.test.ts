import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { finished, SearchBench, type SearchRun } from '../support/search-run.ts';

/** Exit code 2, one sentence on standard error, and nothing else. */
async function refusal(run: SearchRun): Promise<string> {
  const { code, stderr } = await run.ended;
  expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
  expect(stderr).toMatch(/^error: /);
  return stderr;
}

describe('bad input is refused with one sentence and exit code 2', () => {
  it.each([
    [['--method', 'nas'], 'fair-darts+dscd'],
    [['--preset', 'huge'], 'smoke'],
    [['--color', 'red'], '--color'],
    [['extra'], 'extra'],
    [['--seed', 'one'], 'seed'],
    [['--proposals', '0'], 'proposals'],
    [['--domain', '5,-5'], 'domain'],
    [['--acceptance', 'paired', '--on-reject', 'return'], 'onReject'],
    [['--min-steps', '10'], '20'],
    [['--method', 'darts', '--proposals', '4'], 'darts'],
    [['--method', 'darts', '--threshold', '0.5'], 'threshold'],
    [['--train-size', '400'], '96'],
    [['--image', '12'], '12'],
    [['--backend', 'tensorflow'], 'tfjs-node-gpu'],
  ])('%s', async (args, said) => {
    const bench = new SearchBench();
    expect(await refusal(bench.start('run', args))).toContain(said);
    expect(existsSync(bench.path('run'))).toBe(false);
  });

  it('a data folder without the files', async () => {
    const bench = new SearchBench();
    mkdirSync(bench.path('empty'));
    const run = bench.start('run', ['--data', bench.path('empty')]);
    expect(await refusal(run)).toContain('data_batch_1.bin');
  });

  it('an --out that exists, which stays as it is', async () => {
    const bench = new SearchBench();
    mkdirSync(bench.path('run'));
    writeFileSync(join(bench.path('run'), 'precious'), 'x');
    expect(await refusal(bench.start('run'))).toContain('no empty folder');
    expect(readdirSync(bench.path('run'))).toEqual(['precious']);
  });
});

describe('a run that cannot be resumed is refused and left alone', () => {
  async function interruptedRun(): Promise<SearchBench> {
    const bench = new SearchBench();
    const run = bench.start('run');
    await run.until((event) => event.event === 'step');
    run.child.kill('SIGINT');
    await run.ended;
    return bench;
  }

  it('with options that are fixed, a truncated or foreign checkpoint, other pictures, another version', async () => {
    const bench = await interruptedRun();
    const folder = bench.path('run');
    expect(await refusal(bench.resume('run', ['--epochs', '9']))).toContain('epochs');

    const checkpoints = readdirSync(join(folder, 'checkpoints'));
    const newest = join(folder, 'checkpoints', checkpoints.toSorted().at(-1) as string);
    const whole = readFileSync(newest);
    truncateSync(newest, 1000);
    expect(await refusal(bench.resume('run'))).toContain('truncated or damaged');
    writeFileSync(newest, 'not a checkpoint');
    expect(await refusal(bench.resume('run'))).toContain('not a checkpoint');
    writeFileSync(newest, whole);

    const config = readFileSync(join(folder, 'config.json'), 'utf8');
    const edited = (change: (config: { options: object }) => object): void => {
      writeFileSync(join(folder, 'config.json'), JSON.stringify(change(JSON.parse(config))));
    };
    edited((c) => ({ ...c, options: { ...c.options, seed: 7 } }));
    expect(await refusal(bench.resume('run'))).toContain('other options');
    edited((c) => ({ ...c, options: { ...c.options, seed: 'seven' } }));
    expect(await refusal(bench.resume('run'))).toContain('seed');
    edited((c) => ({ ...c, data: { digest: '00' } }));
    expect(await refusal(bench.resume('run'))).toContain('other pictures');
    edited((c) => ({ ...c, runVersion: 99 }));
    expect(await refusal(bench.resume('run'))).toContain('99');

    writeFileSync(join(folder, 'config.json'), config);
    await finished(bench.resume('run'));
    expect(await refusal(bench.resume('nowhere'))).toContain('holds no run');
  });
});

describe('what goes wrong from outside', () => {
  // A limit on the size of files stands in for a full disk: the write fails in the same way, with another code.
  it.runIf(process.platform !== 'win32')(
    'a full disk ends the run with exit code 2, and it can be resumed',
    async () => {
      const bench = new SearchBench();
      const undisturbed = await finished(bench.start('undisturbed'));
      // The first checkpoint, before there is any velocity, fits; the second does not.
      const run = bench.start('limited', [], { fileLimitKiB: 200 });
      expect(await refusal(run)).toMatch(/limit of this shell.*go on with: .*--resume/);
      expect((await finished(bench.resume('limited'))).alphaDigest).toBe(undisturbed.alphaDigest);
    },
  );

  it.runIf(process.platform !== 'win32')('a disk that is full from the start leaves nothing behind', async () => {
    const bench = new SearchBench();
    expect(await refusal(bench.start('limited', [], { fileLimitKiB: 50 }))).toContain('limit of this shell');
    expect(existsSync(bench.path('limited'))).toBe(false);
  });

  it.runIf(process.platform !== 'win32')('no supernet is left when the run is killed', async () => {
    const bench = new SearchBench();
    const run = bench.start('run');
    await run.until((event) => event.event === 'step');
    const supernet = run.supernetPid();
    run.child.kill('SIGKILL');
    await run.ended;
    const lives = (): boolean => {
      try {
        return process.kill(supernet, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(lives, { timeout: 20_000 }).toBe(false);
  });
});
