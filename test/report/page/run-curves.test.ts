import { describe, expect, it } from 'vitest';
import { epochSchema } from '../../../src/record/metrics-line.ts';
import type { FigureSpec } from '../../../src/report/figures/render-svg.ts';
import { renderSvg } from '../../../src/report/figures/render-svg.ts';
import { comparedCurves, runCurves } from '../../../src/report/page/run-curves.ts';
import { texts } from '../fixtures.ts';

const epoch = (number: number, line: object) => epochSchema.parse({ event: 'epoch', epoch: number, ...line });

describe('the curves of a run', () => {
  it('draws only what the epochs record', () => {
    const epochs = [1, 2].map((number) => epoch(number, { weights: { loss: 2 / number }, learningRate: 0.1 }));
    expect(runCurves(epochs).map(({ heading }) => heading)).toEqual(['Losses', 'Learning rate']);
    expect(runCurves([])).toEqual([]);
  });

  it('leaves values out that a logarithmic axis cannot show', () => {
    const [noises] = runCurves([epoch(1, { noise: { offset: 0.1, effect: 0 } })]);
    expect(noises?.spec).toMatchObject({ data: { values: [{ epoch: 1, median: 0.1, name: 'offset' }] } });
  });

  it('compares groups by median and range at each epoch', () => {
    const runs = [3, 1, 2].map((loss) => [epoch(1, { weights: { loss } })]);
    const [figure, ...others] = comparedCurves([{ name: 'one', runs }]);
    expect(others).toEqual([]);
    expect(figure?.heading).toBe('Losses: train');
    expect(figure?.spec).toMatchObject({ data: { values: [{ epoch: 1, low: 1, median: 2, high: 3, name: 'one' }] } });
  });

  it('draws what was watched, each indicator with its axis and unit, beside each other', () => {
    const watched = { eigenvalue: 0.5, normalSkips: 2, reduceSkips: 0, supernetAccuracy: 0.6, cellsAccuracy: 0.4 };
    const epochs = [1, 2].map((number) => epoch(number, { watched }));
    const figures = runCurves(epochs);
    expect(figures.map(({ heading, beside }) => [heading, beside])).toEqual([
      ['Curvature in alpha', true],
      ['Skip connections', true],
      ['Supernet and derived cells', true],
    ]);
    const titles = ['largest eigenvalue, in nats', 'skip connections of a cell', 'accuracy'];
    const legends = [['eigenvalue'], ['normal', 'reduce'], ['supernet', 'derived cells']];
    for (const [i, { spec }] of figures.entries()) {
      const { layer, data } = spec as unknown as {
        layer: { encoding: { y: { title: string } } }[];
        data: { values: { name: string }[] };
      };
      expect(layer.map(({ encoding }) => encoding.y.title)).toEqual([titles[i], titles[i]]);
      expect([...new Set(data.values.map(({ name }) => name))]).toEqual(legends[i]);
    }
    // Groups of runs have a figure each, whose legend names the groups.
    const compared = comparedCurves([
      { name: 'darts', runs: [epochs] },
      { name: 'darts+dscd', runs: [epochs] },
    ]);
    expect(compared.map(({ heading }) => heading)).toEqual([
      'Curvature in alpha: eigenvalue',
      'Skip connections: normal',
      'Skip connections: reduce',
      'Supernet and derived cells: supernet',
      'Supernet and derived cells: derived cells',
    ]);
  });

  it('marks counts by whole numbers, from 0', async () => {
    const watched = { normalSkips: 2, reduceSkips: 1 };
    const [figure = expect.fail('skips were watched')] = runCurves([1, 2].map((number) => epoch(number, { watched })));
    const marks = texts(await renderSvg({ ...figure.spec, width: 300 } as FigureSpec));
    expect(marks.filter((mark) => /^[\d.]+$/.test(mark))).toEqual(expect.arrayContaining(['0', '1', '2']));
    expect(marks.filter((mark) => mark.includes('.'))).toEqual([]);
  });
});
