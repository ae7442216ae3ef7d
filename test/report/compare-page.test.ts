import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { comparePage } from '../../src/report/compare-page.ts';
import { readRun } from '../../src/report/read-run.ts';
import { type FakeRun, testFolder, writeFakeRetraining, writeFakeSearch } from './fake-run.ts';
import { takeApart } from './take-apart.ts';

function compare(runs: readonly FakeRun[]) {
  const folder = testFolder();
  const page = comparePage(runs.map((run, i) => readRun(writeFakeSearch(join(folder, `run-${i}`), run))));
  const { rest, scripts } = takeApart(page);
  const headings = [...rest.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);
  const groups = [...(rest.split('<h2>Runs')[0] ?? '').matchAll(/<tr><td>(.*?)<\/tr>/g)].map(([, row = '']) =>
    row.split(/<\/td>(?:<td>)?/).slice(0, -1),
  );
  return { rest, headings, groups, specs: JSON.parse(scripts[1] as string) };
}

describe('a comparison of runs', () => {
  it('has a curve a group: the median over seeds, and their range', () => {
    const shifts = [0, 0.5, 0.3];
    const { headings, groups, specs } = compare(shifts.map((shift, seed) => ({ shift, options: { seed } })));
    expect(groups).toEqual([['fair-darts+dscd', '3', '45.00 %', '0 of 3', '']]);
    const figure = headings.indexOf('Losses: weights’ steps') - headings.indexOf('Runs') - 1;
    const values = specs[figure].data.find(({ values }: { values?: unknown }) => values !== undefined).values;
    expect(values).toEqual([
      { epoch: 1, low: 2, median: 2.3, high: 2.5, name: 'fair-darts+dscd' },
      { epoch: 2, low: 1, median: 1.3, high: 1.5, name: 'fair-darts+dscd' },
      { epoch: 3, low: 0.666667, median: 0.966667, high: 1.16667, name: 'fair-darts+dscd' },
    ]);
  });

  it('puts runs together that differ in nothing that changes their result', () => {
    const runs = [{}, { options: { seed: 3, workers: 4, threads: 2 } }, { options: { checkpointSeconds: 5 } }];
    expect(compare(runs).groups.map(([name, count]) => [name, count])).toEqual([['fair-darts+dscd', '3']]);
  });

  it('names groups by their method, and by their options where that does not do', () => {
    const names = (runs: readonly FakeRun[]) => compare(runs).groups.map(([name]) => name);
    expect(names([{}, { options: { method: 'fair-darts' } }])).toEqual(['fair-darts+dscd', 'fair-darts']);
    expect(names([{ options: { proposals: 4 } }, {}, { options: { seed: 1 } }])).toEqual([
      'fair-darts+dscd, proposals 4',
      'fair-darts+dscd, proposals 1',
    ]);
    const { groups } = compare([{}, { options: { acceptance: 'paired', margin: 1, proposals: 4 } }]);
    expect(groups.map(([name]) => name)).toEqual(['fair-darts+dscd, setting 1', 'fair-darts+dscd, setting 2']);
    expect(groups[1]?.at(-1)).toContain('acceptance paired, margin 1, proposals 4, onReject stay');
  });

  it('shows runs that have come to different epochs, or not to their end', () => {
    const { rest, groups } = compare([{ epochs: 3 }, { epochs: 1, ended: false, options: { seed: 1 } }]);
    expect(rest).toContain('<td>1 of 3 epochs, not ended</td>');
    expect(groups[0]?.slice(1, 4)).toEqual(['2', '45.00 %', '0 of 1']);
  });

  it('refuses to compare a search with a retraining', () => {
    const folder = testFolder();
    const runs = [writeFakeSearch(join(folder, 'a')), writeFakeRetraining(join(folder, 'b'))].map(readRun);
    expect(() => comparePage(runs)).toThrow('runs to compare must be of one kind, got search and retraining');
  });
});
