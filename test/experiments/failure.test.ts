import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { finished, type LocalRun, refusal, SearchBench } from '../support/search-run.ts';

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
    [['--out', ''], 'out must name a folder'],
    [['--resume', ''], 'resume must name a folder'],
    [['--backend', 'tensorflow'], 'tfjs-node-gpu'],
    [['--layers', '100000'], 'layers'],
    [['--threads', '100000'], 'threads'],
    [['--channels', '2048'], /^error: the state of the network would have \d+ MiB, .* take fewer channels/],
    [
      ['--kernels', 'wasm', '--channels', '32', '--layers', '16', '--nodes', '4', '--image', '32', '--batch', '40'],
      /^error: the network needs \d{4,5} MiB .* 4 GiB.*: take a smaller batch/,
    ],
  ])('%s', async (args, said) => {
    const bench = new SearchBench();
    expect(await refusal(bench.startHere('run', args))).toMatch(said);
    expect(existsSync(bench.path('run'))).toBe(false);
  });

  it('a data folder without the files', async () => {
    const bench = new SearchBench();
    mkdirSync(bench.path('empty'));
    const run = bench.startHere('run', ['--data', bench.path('empty')]);
    expect(await refusal(run)).toContain('holds no data set that can be read (it is empty)');
  });

  it('an --out that exists, which stays as it is', async () => {
    const bench = new SearchBench();
    mkdirSync(bench.path('run'));
    writeFileSync(join(bench.path('run'), 'precious'), 'x');
    expect(await refusal(bench.startHere('run'))).toContain('exists and is not empty');
    expect(readdirSync(bench.path('run'))).toEqual(['precious']);
  });
});

describe('a run that cannot be resumed is refused and left alone', () => {
  async function interruptedRun(): Promise<SearchBench> {
    const bench = new SearchBench();
    const run = bench.startHere('run');
    await run.until((event) => event.event === 'step');
    run.interrupt();
    await run.ended;
    return bench;
  }

  const warnings = (run: LocalRun): string[] =>
    run.events.flatMap((event) => (event.event === 'warning' ? [event.message] : []));

  it('with options that are fixed, a truncated or foreign checkpoint, other pictures, another version', async () => {
    const bench = await interruptedRun();
    const folder = bench.path('run');
    expect(await refusal(bench.resumeHere('run', ['--epochs', '9']))).toContain('epochs');

    const checkpoints = readdirSync(join(folder, 'checkpoints'));
    const newest = join(folder, 'checkpoints', checkpoints.toSorted().at(-1) as string);
    const whole = readFileSync(newest);
    truncateSync(newest, 1000);
    expect(await refusal(bench.resumeHere('run'))).toContain('truncated or damaged');
    writeFileSync(newest, 'not a checkpoint');
    expect(await refusal(bench.resumeHere('run'))).toContain('not a checkpoint');
    writeFileSync(newest, whole);

    const config = readFileSync(join(folder, 'config.json'), 'utf8');
    const edited = (change: (config: { options: object }) => object): void => {
      writeFileSync(join(folder, 'config.json'), JSON.stringify(change(JSON.parse(config))));
    };
    edited((c) => ({ ...c, options: { ...c.options, seed: 7 } }));
    expect(await refusal(bench.resumeHere('run'))).toContain('other options');
    edited((c) => ({ ...c, options: { ...c.options, seed: 'seven' } }));
    expect(await refusal(bench.resumeHere('run'))).toContain('seed');
    edited((c) => ({ ...c, data: { digest: '00' } }));
    expect(await refusal(bench.resumeHere('run', ['--data', bench.data]))).toContain('other pictures');
    edited((c) => ({ ...c, runVersion: 99 }));
    expect(await refusal(bench.resumeHere('run'))).toContain('99');

    writeFileSync(join(folder, 'config.json'), config);
    renameSync(join(folder, 'checkpoints'), join(folder, 'elsewhere'));
    expect(await refusal(bench.resumeHere('run'))).toContain('holds no checkpoint, though the run has made steps');
    renameSync(join(folder, 'elsewhere'), join(folder, 'checkpoints'));
    expect(await refusal(bench.resumeHere('nowhere'))).toContain('holds no run');

    const resumed = bench.resumeHere('run');
    await finished(resumed);
    expect(warnings(resumed)).toEqual([]);
  });

  it('but a torn log or other versions are no reason, and neither is a start that was cut off', async () => {
    const bench = await interruptedRun();
    const folder = bench.path('run');
    truncateSync(join(folder, 'trace.jsonl'), Math.floor(statSync(join(folder, 'trace.jsonl')).size / 2));
    const config = readFileSync(join(folder, 'config.json'), 'utf8');
    writeFileSync(join(folder, 'config.json'), config.replace('"tfjs": "', '"tfjs": "1'));
    const resumed = bench.resumeHere('run');
    const { alphaDigest } = await finished(resumed);
    expect(warnings(resumed)).toEqual([
      expect.stringMatching(/other versions.*tfjs 14.*, now 4/),
      expect.stringMatching(/trace\.jsonl lacks \d+ bytes/),
    ]);
    bench.log('run', 'trace'); // every line can be read

    // As if it had been killed while it wrote its first checkpoint.
    rmSync(join(folder, 'checkpoints'), { recursive: true });
    writeFileSync(
      join(folder, 'trace.jsonl'),
      '{"t":1,"event":"transition","from":"starting","to":"checkpoint","by":"x"}\n',
    );
    const again = bench.resumeHere('run');
    expect((await finished(again)).alphaDigest).toBe(alphaDigest);
    expect(again.events.find(({ event }) => event === 'started')).toMatchObject({ step: 0 });
    expect(bench.log('run', 'alpha')).toHaveLength(4);
    expect(bench.log('run', 'trace')[0]).toMatchObject({ by: expect.stringContaining('xstate') });
  });
});

it('a search that diverges ends with one sentence, and is not to be resumed', async () => {
  const bench = new SearchBench();
  const said = await refusal(bench.startHere('run', ['--weights-learning-rate', '1e30']));
  expect(said).toContain('loss became NaN');
  expect(said).not.toContain('go on with');
});

describe('what goes wrong from outside', () => {
  // A limit on the size of files stands in for a full disk: the write fails in the same way, with another code.
  it.runIf(process.platform !== 'win32')(
    'a full disk ends the run with exit code 2, and it can be resumed',
    async () => {
      const bench = new SearchBench();
      const undisturbed = await finished(bench.startHere('undisturbed'));
      // The first checkpoint, before there is any velocity, fits; the second does not.
      const run = bench.start('limited', [], { fileLimitKiB: 200 });
      expect(await refusal(run)).toMatch(/limit of this shell.*go on with: .*--resume/);
      expect((await finished(bench.resumeHere('limited'))).alphaDigest).toBe(undisturbed.alphaDigest);
    },
  );

  it.runIf(process.platform !== 'win32')('a disk that is full from the start leaves nothing behind', async () => {
    const bench = new SearchBench();
    expect(await refusal(bench.start('limited', [], { fileLimitKiB: 50 }))).toContain('limit of this shell');
    expect(existsSync(bench.path('limited'))).toBe(false);
  });

  /** Whether a process ends by itself. */
  async function ends(pid: number): Promise<void> {
    const lives = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(lives, { timeout: 20_000 }).toBe(false);
  }

  it.runIf(process.platform !== 'win32')(
    'a run belongs to one process at a time, and no supernet is left when that is killed',
    async () => {
      const bench = new SearchBench();
      const run = bench.start('run', ['--epochs', '200']);
      await run.until((event) => event.event === 'step');
      expect(await refusal(bench.resumeHere('run'))).toContain(`in use by process ${run.child.pid}`);
      const supernet = run.supernetPid();
      run.child.kill('SIGKILL');
      await run.ended;
      await ends(supernet);
    },
  );

  it.runIf(process.platform !== 'win32')(
    'a second Ctrl-C ends a run at once, says how to go on, and leaves no supernet',
    async () => {
      const bench = new SearchBench();
      const run = bench.start('run', ['--epochs', '200']);
      await run.until((event) => event.event === 'step');
      const supernet = run.supernetPid();
      process.kill(supernet, 'SIGSTOP'); // so that the step in progress, which the first one waits for, never ends
      let code: number | null | undefined;
      void run.ended.then((ending) => {
        code = ending.code;
      });
      for (let i = 0; i < 100 && code === undefined; i++) {
        run.child.kill('SIGINT');
        await sleep(100);
      }
      const { stderr } = await run.ended;
      process.kill(supernet, 'SIGCONT');
      expect(code).toBe(130);
      expect(stderr).toMatch(/^interrupted; go on with: .*--resume .*\n$/);
      await ends(supernet);
    },
  );

  it.runIf(process.platform !== 'win32')('Ctrl-C while a resumed run loads its pictures is no error', async () => {
    const bench = new SearchBench();
    const run = bench.start('run', ['--epochs', '200']);
    await run.until((event) => event.event === 'step');
    run.child.kill('SIGKILL');
    await run.ended;
    const hook = bench.path('hook.mjs');
    writeFileSync(
      hook,
      `import files from 'node:fs/promises';
       import { syncBuiltinESMExports } from 'node:module';
       const { readFile } = files;
       files.readFile = async (...args) => {
         if (String(args[0]).includes('data_batch_2')) {
           const waiting = setInterval(() => undefined, 1000);
           const interrupted = new Promise((resolve) => process.once('SIGINT', resolve));
           process.kill(process.pid, 'SIGINT');
           await interrupted;
           clearInterval(waiting);
         }
         return readFile(...args);
       };
       syncBuiltinESMExports();`,
    );
    const { code, stderr } = await bench.resume('run', [], { env: { NODE_OPTIONS: `--import=${hook}` } }).ended;
    expect(stderr).toMatch(/^interrupted; go on with: .*--resume .*\n$/);
    expect(code).toBe(130);
  });

  it.runIf(process.platform !== 'win32')(
    'a supernet that is lost when the checkpoints are too ends the run, whose record stays',
    async () => {
      const bench = new SearchBench();
      const run = bench.start('run', ['--batch', '2', '--workers', '1']); // 24 iterations before the next checkpoint
      await run.until((event) => event.event === 'started');
      const supernet = run.supernetPid();
      await run.until((event) => event.event === 'step');
      process.kill(supernet, 'SIGSTOP');
      rmSync(join(bench.path('run'), 'checkpoints'), { recursive: true });
      process.kill(supernet, 'SIGKILL');
      expect(await refusal(run)).toContain('holds no checkpoint');
      expect(bench.log('run', 'trace')).not.toEqual([]);
    },
  );

  it.runIf(process.platform !== 'win32')(
    'a reader of the output that goes away pauses the run, without a word',
    async () => {
      const bench = new SearchBench();
      // One iteration an epoch, in which there are no noises to measure.
      const args = ['--batch', '48', '--epochs', '20', '--evaluation-size', '2'];
      const run = bench.start('run', args);
      await run.until((event) => event.event === 'step');
      run.child.stdout?.destroy();
      const { code, stderr } = await run.ended;
      expect({ code, stderr }).toEqual({ code: 141, stderr: '' });
      const resumed = bench.resumeHere('run');
      await finished(resumed);
      expect(resumed.events.find(({ event }) => event === 'epoch')).toMatchObject({ noise: null });
    },
  );
});
