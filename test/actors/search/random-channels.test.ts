import { expect, it } from 'vitest';
import { fingerprint, finished, SearchBench } from '../../support/search-run.ts';

/** One epoch of local and global steps, on networks of one node. */
const SHORT = ['--epochs', '1', '--nodes', '1', '--channels', '4', '--partial-channels', '2'];
const RANDOM = [...SHORT, '--channel-choice', 'random'];

it('a search on random channels ends alike for any number of workers, and if it was paused', async () => {
  const bench = new SearchBench();
  const ends = [];
  for (const workers of ['1', '2']) {
    const { alphaDigest } = await finished(bench.startHere(workers, [...RANDOM, '--workers', workers]));
    ends.push({ alphaDigest, print: fingerprint(bench, workers) });
  }
  const paused = bench.startHere('paused', [...RANDOM, '--workers', '1']);
  await paused.until((event) => event.event === 'step' && event.step >= 2);
  paused.interrupt();
  expect((await paused.ended).events.at(-1)).toMatchObject({ event: 'paused' });
  const { alphaDigest } = await finished(bench.resumeHere('paused'));
  ends.push({ alphaDigest, print: fingerprint(bench, 'paused') });
  expect(ends[1]).toEqual(ends[0]);
  expect(ends[2]).toEqual(ends[0]);

  const first = await finished(bench.startHere('first', SHORT));
  expect(first.alphaDigest).not.toBe(ends[0]?.alphaDigest);
});
