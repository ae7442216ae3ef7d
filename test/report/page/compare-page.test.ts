import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../../src/record/read-run.ts';
import { comparePage } from '../../../src/report/page/compare-page.ts';
import { type FakeRun, testFolder, writeFakeRetraining, writeFakeSearch } from '../../support/fake-run.ts';
import { takeApart } from '../fixtures.ts';

interface Scale {
  readonly name: string;
  readonly domain: readonly string[];
  readonly range: readonly unknown[];
}

function compare(runs: readonly FakeRun[]) {
  const folder = testFolder();
  return show(comparePage(runs.map((run, i) => readRun(writeFakeSearch(join(folder, `run-${i}`), run)))));
}

/** Contents of a page. */
function show(page: string) {
  const { rest, scripts } = takeApart(page);
  const headings = [...rest.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);
  const groups = [...(rest.split('<h2>Runs')[0] ?? '').matchAll(/<tr><td>(.*?)<\/tr>/g)].map(([, row = '']) =>
    row.split(/<\/td>(?:<td>)?/).slice(0, -1),
  );
  return { rest, headings, groups, specs: JSON.parse(scripts[1] as string) };
}

describe('a comparison of runs', () => {
  it('has a curve per group: median and range over seeds', () => {
    const shifts = [0, 0.5, 0.3];
    const { headings, groups, specs } = compare(shifts.map((shift, seed) => ({ shift, options: { seed } })));
    expect(groups).toEqual([['fair-darts+dscd', '3', '45.00 %', '0 of 3', '']]);
    const figure = headings.indexOf('Losses: train') - headings.indexOf('Runs') - 1;
    const values = specs[figure].data.find(({ values }: { values?: unknown }) => values !== undefined).values;
    expect(values).toEqual([
      { epoch: 1, low: 2, median: 2.3, high: 2.5, name: 'fair-darts+dscd' },
      { epoch: 2, low: 1, median: 1.3, high: 1.5, name: 'fair-darts+dscd' },
      { epoch: 3, low: 0.666667, median: 0.966667, high: 1.16667, name: 'fair-darts+dscd' },
    ]);
  });

  it('groups runs whose differing options change no result', () => {
    const runs = [{}, { options: { seed: 3, workers: 4, threads: 2 } }, { options: { checkpointSeconds: 5 } }];
    expect(compare(runs).groups.map(([name, count]) => [name, count])).toEqual([['fair-darts+dscd', '3']]);
  });

  it('names groups by their method, and by their options if the method is the same', () => {
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

  it('shows runs at different epochs and unended ones', () => {
    const { rest, groups } = compare([{ epochs: 3 }, { epochs: 1, ended: false, options: { seed: 1 } }]);
    expect(rest).toContain('<td>1 of 3 epochs, not ended</td>');
    expect(groups[0]?.slice(1, 4)).toEqual(['2', '45.00 %', '0 of 1']);
  });

  it('groups no run with one whose options are unknown', () => {
    const folder = testFolder();
    const runs: FakeRun[] = [{}, {}, { options: { method: 'fair-darts' } }, {}];
    const paths = runs.map((run, i) => writeFakeSearch(join(folder, `run-${i}`), run));
    for (const i of [0, 1]) rmSync(join(paths[i] as string, 'config.json'));
    const { groups } = show(comparePage(paths.map(readRun)));
    expect(groups.map(([name, count]) => `${name}: ${count}`)).toEqual([
      'unknown options, setting 1: 1',
      'unknown options, setting 2: 1',
      'fair-darts: 1',
      'fair-darts+dscd: 1',
    ]);
    expect(groups[0]?.at(-1)).toBe('');
    expect(groups[2]?.at(-1)).toContain('method fair-darts');
  });

  it('names runs by the part of their paths that differs', () => {
    const folder = testFolder();
    const names = ['a/seed-0/search', 'a/seed-1/search', 'a'];
    const { rest } = show(comparePage(names.map((name) => readRun(writeFakeSearch(join(folder, name))))));
    for (const name of names) expect(rest).toContain(`<tr><td>${name}</td>`);
  });

  it('draws every group in its own style, the same in all figures', () => {
    const styles = (runs: readonly FakeRun[]) =>
      compare(runs).specs.map(({ scales }: { scales: Scale[] }) => {
        const [color, dash] = ['color', 'strokeDash'].map((name) => scales.find((scale) => scale.name === name));
        return (color?.domain ?? []).map((name, i) => [name, `${color?.range[i]} ${dash?.range[i] ?? ''}`]);
      });
    const many = styles(Array.from({ length: 12 }, (_, i) => ({ options: { proposals: i + 1 } })));
    for (const groups of many) expect(new Set(groups.map(([, style]: string[]) => style)).size).toBe(12);
    // The first group makes no global steps, so their figures lack it.
    const few = styles([{ globalSteps: 0, options: { method: 'fair-darts' } }, {}]);
    expect(new Set(few.map((groups: unknown[]) => groups.length))).toEqual(new Set([1, 2]));
    expect(new Set(few.flat().map(String)).size).toBe(2);
  });

  it('refuses to compare a search with a retraining', () => {
    const folder = testFolder();
    const runs = [writeFakeSearch(join(folder, 'a')), writeFakeRetraining(join(folder, 'b'))].map(readRun);
    expect(() => comparePage(runs)).toThrow('compared runs must be of one kind, got search and retraining');
  });
});
