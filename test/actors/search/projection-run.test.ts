import { expect, it } from 'vitest';
import { readRun } from '../../../src/record/read-run.ts';
import { fingerprint, finished, SearchBench } from '../../support/search-run.ts';

/** A short search of cells of two nodes: 12 decisions before one epoch of tuning. */
const SHORT = ['--method', 'darts-pt', '--epochs', '1', '--train-size', '32', '--projection-every', '0'];

it('a search by projection ends in the same cells by the same steps for any number of workers', async () => {
  const bench = new SearchBench();
  const ends = [];
  for (const workers of ['1', '2']) {
    const args = ['--method', 'darts-pt', '--nodes', '1', '--epochs', '1', '--workers', workers];
    const { genotype, alphaDigest } = await finished(bench.startHere(workers, args));
    ends.push({ genotype, alphaDigest, print: fingerprint(bench, workers) });
    const { epochs, gaps, projections } = readRun(bench.path(workers));
    expect([epochs.length, gaps, projections.length]).toEqual([3, [], 4]);
    expect(projections.map(({ epoch }) => epoch)).toEqual([1, 1, 2, 2]);
  }
  expect(ends[1]).toEqual(ends[0]);
});

it('a search by projection counts its tuning in its steps, and one without alpha moves none', async () => {
  const bench = new SearchBench();
  const run = bench.startHere('blank', [...SHORT, '--method', 'darts-pt-blank']);
  const { genotype } = await finished(run);
  const steps = run.events.filter(({ event }) => event === 'step');
  expect(steps).toMatchObject([1, 2, 3, 4].map((step) => ({ step, steps: 4, kind: 'weights' })));
  const { alphas, projections } = readRun(bench.path('blank'));
  expect(alphas.at(-1)).toEqual({ ...alphas[0], epoch: 2 });
  for (const cell of ['normal', 'reduce'] as const) {
    const dropped = projections.at(cell === 'normal' ? -2 : -1)?.removals.find(({ kept }) => !kept)?.from;
    expect(genotype[cell].map(({ from, to }) => [from, to])).toEqual([
      ...[0, 1].map((from) => [from, 2]),
      ...[0, 1, 2].filter((from) => from !== dropped).map((from) => [from, 3]),
    ]);
    for (const { primitive, from, to } of genotype[cell]) {
      const edge = projections.find(
        (line) =>
          line.cell === cell && line.chooses === 'operation' && line.to === to && line.removals[0]?.from === from,
      );
      expect(edge?.removals.find(({ kept }) => kept)?.primitive).toBe(primitive);
    }
  }
});

it('a search by projection that was paused and killed between decisions ends as if nothing had happened', async () => {
  const bench = new SearchBench();
  const undisturbed = await finished(bench.startHere('undisturbed', SHORT));
  const killed = bench.start('disturbed', SHORT);
  await killed.until((event) => event.event === 'projection' && event.decision === 3);
  killed.child.kill('SIGKILL');
  expect((await killed.ended).code).not.toBe(0);
  const paused = bench.resumeHere('disturbed');
  await paused.until((event) => event.event === 'projection' && event.decision >= 6);
  paused.interrupt();
  expect((await paused.ended).events.at(-1)).toMatchObject({ event: 'paused', step: 2 });
  const last = await finished(bench.resumeHere('disturbed'));
  expect(last.genotype).toEqual(undisturbed.genotype);
  expect(last.alphaDigest).toBe(undisturbed.alphaDigest);
  expect(fingerprint(bench, 'disturbed')).toBe(fingerprint(bench, 'undisturbed'));
});
