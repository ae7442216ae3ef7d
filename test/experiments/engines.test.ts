import { expect, it } from 'vitest';
import { finished, SearchBench } from '../support/search-run.ts';

/** Kind, coordinate and target of the first decisions of a run. */
function firstDecisions(bench: SearchBench, name: string): string[] {
  const decisions = bench.log(name, 'trace').filter((line) => (line as { event: string }).event === 'decision');
  return decisions.slice(0, 8).map((line) => {
    const { kind, accepted, proposals } = line as {
      kind: string;
      accepted: number | null;
      proposals: { to: number }[];
    };
    return JSON.stringify([kind, accepted, proposals.map(({ to }) => to)]);
  });
}

it('both engines take the same decisions at first', async () => {
  const bench = new SearchBench();
  await finished(bench.startHere('cpu', ['--engine', 'cpu', '--proposals', '4']));
  await finished(bench.startHere('tfjs', ['--engine', 'tfjs', '--backend', 'wasm', '--proposals', '4']));
  expect(firstDecisions(bench, 'cpu')).toHaveLength(8);
  expect(firstDecisions(bench, 'cpu')).toEqual(firstDecisions(bench, 'tfjs'));
});

it('the number of threads changes no result, also in a run that is resumed with another', async () => {
  const bench = new SearchBench();
  const one = await finished(bench.startHere('one', ['--engine', 'cpu', '--threads', '1']));
  const run = bench.startHere('three', ['--engine', 'cpu', '--threads', '3']);
  await run.until((event) => event.event === 'step' && event.step === 7);
  run.interrupt();
  await run.ended;
  const three = await finished(bench.resumeHere('three', ['--threads', '2']));
  expect(three.alphaDigest).toBe(one.alphaDigest);
});
