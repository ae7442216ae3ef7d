import { describe, expect, it } from 'vitest';
import { runDerive } from '../../tools/derive.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { fingerprint, finished, SearchBench } from '../support/search-run.ts';

/** A search that stops after epoch 5 of 8. */
const BY_SKIPS = ['--method', 'darts-plus', '--epochs', '8'];

/** A search whose eigenvalue tells after epoch 9 of 10 that it rises. */
const RISING = ['--epochs', '10', '--nodes', '1', '--noise-batches', '0', '--weights-learning-rate', '0.1'];

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
    const done = await finished(bench.startHere('run', [...RISING, '--method', 'darts-es', '--workers', '2']));
    expect(done.stopped).toEqual({ by: 'eigenvalue', epoch: 9, cellsOf: 3 });
    const derived = async (...args: string[]) => {
      return JSON.parse((await runInProcess(runDerive, [bench.path('run'), '--json', ...args])).stdout);
    };
    expect(await derived()).toMatchObject({ epoch: 3, genotype: done.genotype });
    expect(await derived('--epoch', '9')).toMatchObject({ epoch: 9 });

    const run = bench.startHere('paused', [...RISING, '--method', 'darts-es']);
    await run.until((event) => event.event === 'epoch' && event.epoch === 6);
    run.interrupt();
    await run.ended;
    expect((await finished(bench.resumeHere('paused'))).alphaDigest).toBe(done.alphaDigest);
    expect(fingerprint(bench, 'paused')).toBe(fingerprint(bench, 'run'));
  });
});

describe('a search that goes back', () => {
  it('is the same after it was killed before, and as it goes on', async () => {
    const bench = new SearchBench();
    const args = [...RISING, '--method', 'darts-ada'];
    const undisturbed = await finished(bench.startHere('undisturbed', [...args, '--workers', '2']));
    expect(undisturbed.wentBack).toEqual([{ after: 9, to: 3, weightsDecay: 0.003 }]);
    expect(bench.log('undisturbed', 'metrics')).toHaveLength(10 + 1);

    const run = bench.start('killed', args);
    await run.until((event) => event.event === 'epoch' && event.epoch === 5);
    run.child.kill('SIGKILL');
    await run.ended;
    const again = bench.resume('killed');
    await again.until((event) => event.event === 'wentBack');
    again.child.kill('SIGKILL');
    expect((await again.ended).events.at(-1)).not.toHaveProperty('genotype');
    const { alphaDigest, wentBack } = await finished(bench.resumeHere('killed'));
    expect([alphaDigest, wentBack]).toEqual([undisturbed.alphaDigest, undisturbed.wentBack]);
    expect(fingerprint(bench, 'killed')).toBe(fingerprint(bench, 'undisturbed'));
  });
});
