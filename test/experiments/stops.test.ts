import { describe, expect, it } from 'vitest';
import { runDerive } from '../../tools/derive.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { fingerprint, finished, SearchBench } from '../support/search-run.ts';

/** Searches that stop after epoch 5 of 8, and after epoch 9 of 14. */
const BY_SKIPS = ['--method', 'darts-plus', '--epochs', '8'];
const BY_EIGENVALUE = ['--method', 'darts-es', '--epochs', '14', '--weights-learning-rate', '0.1'];

describe('a search that stops', () => {
  it('by skips is the same after it was killed in mid-run, and before it finished', async () => {
    const bench = new SearchBench();
    const { stopped, alphaDigest } = await finished(bench.startHere('undisturbed', BY_SKIPS));
    expect(stopped).toEqual({ by: 'skips', epoch: 5, cellsOf: 5 });

    const run = bench.start('killed', [...BY_SKIPS, '--checkpoint-seconds', '0.01']);
    await run.until((event) => event.event === 'step' && event.step === 20);
    run.child.kill('SIGKILL');
    await run.ended;
    const again = bench.resume('killed');
    await again.until((event) => event.event === 'checkpoint' && event.step === 30);
    again.child.kill('SIGKILL');
    expect((await again.ended).events.at(-1)).not.toHaveProperty('genotype');
    const done = await finished(bench.resumeHere('killed'));
    expect(done).toMatchObject({ stopped, alphaDigest });
    expect(fingerprint(bench, 'killed')).toBe(fingerprint(bench, 'undisturbed'));
  });

  it('by the eigenvalue has the cells of an earlier epoch, which are derived again unless told otherwise', async () => {
    const bench = new SearchBench();
    const done = await finished(bench.startHere('run', [...BY_EIGENVALUE, '--workers', '2']));
    expect(done.stopped).toEqual({ by: 'eigenvalue', epoch: 9, cellsOf: 3 });
    const derived = async (...args: string[]) => {
      return JSON.parse((await runInProcess(runDerive, [bench.path('run'), '--json', ...args])).stdout);
    };
    expect(await derived()).toMatchObject({ epoch: 3, genotype: done.genotype });
    expect(await derived('--epoch', '9')).toMatchObject({ epoch: 9 });

    const run = bench.startHere('paused', BY_EIGENVALUE);
    await run.until((event) => event.event === 'epoch' && event.epoch === 6);
    run.interrupt();
    await run.ended;
    expect((await finished(bench.resumeHere('paused'))).alphaDigest).toBe(done.alphaDigest);
    expect(fingerprint(bench, 'paused')).toBe(fingerprint(bench, 'run'));
  });
});
