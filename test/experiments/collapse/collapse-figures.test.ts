import { describe, expect, it } from 'vitest';
import { curveOf, describeBand, pageFigures, stillFigures } from '../../../experiments/collapse/collapse-figures.ts';
import { planCollapse } from '../../../experiments/collapse/collapse-plan.ts';
import { renderSvg } from '../../../src/report/figures/render-svg.ts';
import { paths, texts } from '../../report/fixtures.ts';
import { madeUpRun } from './made-up-runs.ts';

const PLAN = planCollapse('smoke', { variants: ['fair-darts', 'dscd', 'stay'], seeds: 3 });

const RUNS = [
  madeUpRun('fair-darts', 0, [0.5, 0.3, 0.1]),
  madeUpRun('fair-darts', 1, [0.5, 0.4, 0.2]),
  madeUpRun('fair-darts', 2, [0.5, 0.2]),
  madeUpRun('dscd', 0, [0.5, 0.6, 0.9]),
];

describe('a curve over seeds', () => {
  const normal = ({ cells }: (typeof RUNS)[0]['epochs'][0]): number => cells.normal.before;

  it('is the median, in a band of all seeds if they are few, of those that came so far', () => {
    const { points } = curveOf('fair-darts', RUNS.slice(0, 3), normal);
    expect(points).toEqual([
      { epoch: 0, low: 0.5, median: 0.5, high: 0.5 },
      { epoch: 1, low: 0.2, median: 0.3, high: 0.4 },
      { epoch: 2, low: 0.1, median: expect.closeTo(0.15, 12), high: 0.2 },
    ]);
    expect(describeBand(PLAN)).toBe('median and range of 3 seeds');
    expect(describeBand({ seeds: [0] })).toBe('one seed');
  });

  it('has the middle half for a band if there are many', () => {
    const runs = [0, 1, 2, 3, 4].map((seed) => madeUpRun('dscd', seed, [seed / 10]));
    const [point] = curveOf('dscd', runs, normal).points;
    expect(point).toEqual({ epoch: 0, low: 0.1, median: 0.2, high: expect.closeTo(0.3, 12) });
    expect(describeBand({ seeds: [0, 1, 2, 3, 4] })).toBe('median and middle half of 5 seeds');
  });

  it('leaves out what is not known', () => {
    expect(curveOf('dscd', RUNS, () => null).points).toEqual([]);
  });
});

describe('the figures of collapse', () => {
  it('are the paper’s two, and one of all variants before and one after discretization', async () => {
    const figures = stillFigures(PLAN, RUNS);
    expect(Object.keys(figures)).toEqual(['figure1.svg', 'figure2.svg', 'before.svg', 'after.svg']);
    const drawn = await Promise.all(Object.values(figures).map(renderSvg));
    const [figure1 = '', , before = ''] = drawn;
    expect(paths(figure1, 'line')).toHaveLength(4);
    expect(texts(figure1)).toEqual(expect.arrayContaining(['normal, before', 'reduce, after', 'mean mixing weight']));
    // Two panels, with the variants that have a run.
    expect(paths(before, 'line')).toHaveLength(4);
    expect(texts(before)).toEqual(
      expect.arrayContaining(['normal cell, before discretization', 'reduction cell, before discretization', 'dscd']),
    );
    expect(texts(before)).not.toContain('stay');
  });

  it('of the paper wait for their variant', () => {
    expect(Object.keys(stillFigures(PLAN, []))).toEqual(['before.svg', 'after.svg']);
    const others = planCollapse('smoke', { variants: ['stay'] });
    expect(Object.keys(stillFigures(others, [madeUpRun('stay', 0, [0.5])]))).toEqual(['before.svg', 'after.svg']);
  });

  it('of the page show all that was watched', () => {
    const headings = pageFigures(PLAN, RUNS).map(({ heading }) => heading);
    expect(headings).toEqual(expect.arrayContaining(['Used nodes of the normal cell', 'Path of alpha in an epoch']));
    expect(new Set(headings).size).toBe(headings.length);
  });
});
