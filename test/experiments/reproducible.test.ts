import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { fingerprint, finished, SearchBench } from '../support/search-run.ts';

const FOUR = ['--proposals', '4'];

let undisturbedOnce: Promise<{ alphaDigest: string; print: string }> | undefined;

/** Ends of the run with `FOUR` that nothing disturbs; it is made once. */
function undisturbedRun(): NonNullable<typeof undisturbedOnce> {
  undisturbedOnce ??= (async () => {
    const bench = new SearchBench();
    const { alphaDigest } = await finished(bench.startHere('undisturbed', FOUR));
    return { alphaDigest, print: fingerprint(bench, 'undisturbed') };
  })();
  return undisturbedOnce;
}

describe('the same seed ends in the same alphas, by the same steps', () => {
  it.each([
    ['the acceptance window', FOUR],
    ['paired acceptance with a margin', [...FOUR, '--acceptance', 'paired', '--margin', '1', '--switch', 'count']],
    [
      'proposals on several mini-batches',
      [...FOUR, '--acceptance', 'paired', '--proposal-batches', '3', '--zero-one-rise', '1'],
    ],
    [
      'joint steps, first proposal that wins',
      [...FOUR, '--mode', 'joint', '--selection', 'first', '--discrete-from', '0.5'],
    ],
    ['perturbed mixing weights', [...FOUR, '--method', 'sdarts-rs+dscd']],
    ['an auxiliary skip', [...FOUR, '--method', 'darts-+dscd']],
    ['drawn operations', ['--method', 'gdas']],
    ['stages', ['--method', 'drnas', '--alpha-prior', 'kl']],
    ['attacked mixing weights', ['--method', 'sdarts-adv']],
    ['weights of edges', ['--method', 'pc-darts', '--alpha-rest', '1']],
    ['second order', [...FOUR, '--method', 'darts-2nd+dscd']],
    ['drop-path', [...FOUR, '--drop-path', '0.4', '--cutout', '4', '--proposal-batches', '2']],
    [
      'frozen operations',
      ['--method', 'oles', '--freeze', 'match', '--freeze-threshold', '0.3', '--freeze-window', '4'],
    ],
    ['no acceptance, alpha at rest at first', [...FOUR, '--acceptance', 'never', '--alpha-rest', '1']],
    ['indicators', ['--method', 'darts', '--watch', 'eigenvalue,skips,distance']],
  ])('for 1, 2 and 4 workers: %s', async (_, args) => {
    const bench = new SearchBench();
    const digests = new Set<string>();
    const prints = new Set<string>();
    for (const workers of ['1', '2', '4']) {
      digests.add((await finished(bench.startHere(workers, [...args, '--workers', workers]))).alphaDigest);
      prints.add(fingerprint(bench, workers));
    }
    expect(digests.size).toBe(1);
    expect(prints.size).toBe(1);
  });

  it('whether indicators are watched or not', async () => {
    const bench = new SearchBench();
    const args = ['--method', 'darts', '--epochs', '2'];
    const plain = await finished(bench.startHere('plain', args));
    const watched = await finished(bench.startHere('watched', [...args, '--watch', 'eigenvalue,skips,distance']));
    expect(watched).toEqual({ ...plain, run: watched.run });
    const unwatched = bench.log('watched', 'metrics').map(({ watched, ...line }: { watched?: object }) => line);
    expect(unwatched).toEqual(bench.log('plain', 'metrics'));
    expect(bench.log('watched', 'metrics')[0]).toHaveProperty('watched');
  });

  it('whether drop-path is left out or has a chance of 0, and others if it has one', async () => {
    const bench = new SearchBench();
    const args = ['--method', 'darts-2nd', '--epochs', '2', '--workers', '1'];
    const plain = await finished(bench.startHere('plain', args));
    const off = await finished(bench.startHere('off', [...args, '--drop-path', '0']));
    expect(off).toEqual({ ...plain, run: off.run });
    expect(fingerprint(bench, 'off')).toBe(fingerprint(bench, 'plain'));
    const dropped = await finished(bench.startHere('dropped', [...args, '--drop-path', '0.9']));
    expect(dropped.alphaDigest).not.toBe(plain.alphaDigest);
    expect(bench.log('dropped', 'metrics')).toMatchObject([{ dropProbability: 0 }, { dropProbability: 0.9 }, {}]);
  });

  it('and another seed in others', async () => {
    const bench = new SearchBench();
    const one = await finished(bench.startHere('one'));
    const other = await finished(bench.startHere('other', ['--seed', '1']));
    expect(other.alphaDigest).not.toBe(one.alphaDigest);
  });

  it.each(['run', 'supernet'] as const)('after the %s was killed as a stage of the search ended', async (victim) => {
    const bench = new SearchBench();
    const args = ['--method', 'drnas'];
    const undisturbed = await finished(bench.startHere('undisturbed', args));
    let run = bench.start('killed', args);
    // The first stage ends with the first of three epochs, and the supernet is replaced then.
    await run.until(({ event }) => event === 'epoch');
    process.kill(victim === 'run' ? Number(run.child.pid) : run.supernetPid(), 'SIGKILL');
    if (victim === 'run') {
      expect((await run.ended).code).not.toBe(0);
      run = bench.resume('killed');
    }
    expect((await finished(run)).alphaDigest).toBe(undisturbed.alphaDigest);
    expect(fingerprint(bench, 'killed')).toBe(fingerprint(bench, 'undisturbed'));
  });

  // `interrupted.test.ts` has every method.
  it.each([
    ['weights of edges and dropped edges', ['--method', 'pc-darts', '--drop-path', '0.3']],
    ['an auxiliary skip', [...FOUR, '--method', 'darts-+dscd', '--weights-mixing', 'perturbed']],
    [
      'frozen operations',
      [...FOUR, '--method', 'oles+dscd', '--freeze', 'match-sum', '--freeze-threshold', '0.8', '--freeze-window', '4'],
    ],
    [
      'a control',
      [...FOUR, '--acceptance', 'never', '--alpha-every', '2', '--alpha-rest', '1', '--zero-one-rise', '1'],
    ],
    ['remedies', [...FOUR, '--acceptance', 'paired', '--proposal-batches', '3', '--discrete-from', '0.5']],
  ])('after a pause: %s', async (_, changes) => {
    const bench = new SearchBench();
    const args = ['--epochs', '4', ...changes];
    const undisturbed = await finished(bench.startHere('undisturbed', args));
    const run = bench.startHere('paused', args);
    await run.until((event) => event.event === 'step' && event.step === 15);
    run.interrupt();
    expect((await run.ended).events.at(-1)).toMatchObject({ event: 'paused' });
    expect((await finished(bench.resumeHere('paused'))).alphaDigest).toBe(undisturbed.alphaDigest);
    expect(fingerprint(bench, 'paused')).toBe(fingerprint(bench, 'undisturbed'));
  });

  it('after the whole run was killed ten times at random moments, and resumed', async () => {
    const bench = new SearchBench();
    // A checkpoint after every step, so that a run killed again and again still moves on.
    const args = [...FOUR, '--epochs', '5', '--checkpoint-seconds', '0.01'];
    const undisturbed = await finished(bench.startHere('undisturbed', args));

    const random = Random.fromSeed(1, 'kills');
    let run = bench.start('killed', args);
    for (let kill = 0; kill < 10; kill++) {
      // Every other life makes a step and its checkpoint: a run is refused that dies three times at one step.
      const steps = kill % 2 === 0 ? random.integer(3) : 2;
      const stepsSeen = (): number => run.events.filter(({ event }) => event === 'step').length;
      // A run that was never resumed must have begun; after that, any moment will do, before the first step too.
      if (kill === 0 || steps > 0) await run.until(() => stepsSeen() >= steps);
      await sleep(random.integer(steps > 0 ? 60 : 600));
      run.child.kill('SIGKILL');
      expect((await run.ended).code, 'the run was still going when it was killed').not.toBe(0);
      run = bench.resume('killed');
    }
    expect((await finished(run)).alphaDigest).toBe(undisturbed.alphaDigest);
    expect(fingerprint(bench, 'killed')).toBe(fingerprint(bench, 'undisturbed'));
  });

  // What the system sends to a program that reads where it must not, as native code may.
  it.each(['SIGKILL', 'SIGSEGV'] as const)(
    'after the supernet process died of %s in mid-run, without help',
    async (signal) => {
      const bench = new SearchBench();
      const undisturbed = await undisturbedRun();
      const run = bench.start('killed', FOUR);
      await run.until((event) => event.event === 'step' && event.step === 9);
      process.kill(run.supernetPid(), signal);
      expect((await finished(run)).alphaDigest).toBe(undisturbed.alphaDigest);
      const recovered = run.events.find(({ event }) => event === 'recovered');
      expect(recovered).toMatchObject({ cause: expect.stringContaining(signal) });
      const transitions = bench.log('killed', 'trace').filter((line) => 'to' in line && line.to === 'recovering');
      expect(transitions).toHaveLength(1);
      expect(fingerprint(bench, 'killed')).toBe(undisturbed.print);
    },
  );

  it('after a worker thread died in mid-run, without help', async () => {
    const bench = new SearchBench();
    const undisturbed = await undisturbedRun();
    // Loaded into every thread: the first worker that sees the file removes it, and ends then and there.
    const order = bench.path('die');
    const assassin = bench.path('assassin.mjs');
    writeFileSync(
      assassin,
      `import { existsSync, rmSync } from 'node:fs';
       import { isMainThread } from 'node:worker_threads';
       if (!isMainThread) setInterval(() => {
         if (!existsSync(${JSON.stringify(order)})) return;
         rmSync(${JSON.stringify(order)});
         process.exit(1);
       }, 1).unref();`,
    );
    const run = bench.start('killed', FOUR, { env: { NODE_OPTIONS: `--import=${assassin}` } });
    await run.until((event) => event.event === 'step' && event.step === 9);
    writeFileSync(order, '');
    expect((await finished(run)).alphaDigest).toBe(undisturbed.alphaDigest);
    expect(existsSync(order), 'a worker died').toBe(false);
    expect(fingerprint(bench, 'killed')).toBe(undisturbed.print);
  });

  it('after Ctrl-C, which exits with 130 and says how to go on', async () => {
    const bench = new SearchBench();
    const undisturbed = await undisturbedRun();
    const run = bench.start('interrupted run', FOUR);
    await run.until((event) => event.event === 'step' && event.step === 8);
    run.child.kill('SIGINT');
    const { code, stderr, events } = await run.ended;
    expect(code).toBe(130);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(
      process.platform === 'win32' ? '--resume "' : `--resume '${bench.path('interrupted run')}'\n`,
    );
    expect(events.at(-1)).toMatchObject({ event: 'paused' });
    const resumed = bench.resumeHere('interrupted run', ['--workers', '1']);
    expect((await finished(resumed)).alphaDigest).toBe(undisturbed.alphaDigest);
    expect(fingerprint(bench, 'interrupted run')).toBe(undisturbed.print);
    // The backend is now asked for, but why it was taken is in the record.
    const [before, after] = [run, resumed].map(({ events: all }) => all.find(({ event }) => event === 'started'));
    expect(after).toMatchObject({ engine: (before as { engine: object }).engine });
  });
});
