import { describe, expect, it } from 'vitest';
import { mixingHistory, mixingWeightsFigure } from '../../../src/report/figures/mixing-weights-figure.ts';
import { renderSvg } from '../../../src/report/figures/render-svg.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES } from '../../../src/space/primitives.ts';
import { texts } from '../fixtures.ts';

/** An alpha of cells with one node, that is two edges, whose entries all have one value. */
function alpha(primitives: readonly string[], value: number, epoch = 0) {
  const matrix = (): number[] => new Array<number>(2 * primitives.length).fill(value);
  return { epoch, step: 0, normal: matrix(), reduce: matrix() };
}

describe('the history of mixing weights', () => {
  it('relaxes alphas of the FairDARTS space by the sigmoid', () => {
    const history = mixingHistory([alpha(FAIR_DARTS_PRIMITIVES, 0), alpha(FAIR_DARTS_PRIMITIVES, 1, 1)]);
    expect(history?.primitives).toEqual(FAIR_DARTS_PRIMITIVES);
    expect(history?.edges).toEqual([
      { from: 0, to: 2 },
      { from: 1, to: 2 },
    ]);
    expect(history?.moments.map(({ reduce }) => reduce[13])).toEqual([0.5, 1 / (1 + Math.exp(-1))]);
  });

  it('relaxes alphas of the DARTS space by the softmax of each edge', () => {
    const history = mixingHistory([alpha(DARTS_PRIMITIVES, 3)]);
    expect(history?.primitives).toEqual(DARTS_PRIMITIVES);
    expect(history?.moments[0]?.normal).toEqual(new Float64Array(16).fill(1 / 8));
  });

  it('relaxes by the relaxation of the method, if it is known', () => {
    const means = mixingHistory([alpha(FAIR_DARTS_PRIMITIVES, 2)], 'dirichlet')?.moments[0]?.normal;
    for (const mean of means ?? expect.fail('the alphas fit a known space')) expect(mean).toBeCloseTo(1 / 7, 15);
  });

  it('is null without alphas, and for sizes of no known space', () => {
    const { normal, ...rest } = alpha(FAIR_DARTS_PRIMITIVES, 0);
    expect(mixingHistory([])).toBeNull();
    expect(mixingHistory([{ ...rest, normal: normal.slice(1), reduce: normal.slice(1) }])).toBeNull();
    expect(mixingHistory([{ ...rest, normal: normal.slice(1) }])).toBeNull();
  });
});

describe('the map of mixing weights', () => {
  it('has a row for each edge of either cell and a column for each primitive', async () => {
    const history = mixingHistory([alpha(FAIR_DARTS_PRIMITIVES, 0)]);
    if (history === null) throw new Error('the alphas fit a known space');
    const svg = await renderSvg(mixingWeightsFigure(history));
    expect(svg.match(/aria-label="[^"]*mixingWeight[^"]*"|aria-label="edge: [^"]*"/g)).toHaveLength(28);
    for (const label of ['normal 0→2', 'reduce 1→2', 'sep_conv_3x3', 'mixing weight']) {
      expect(texts(svg)).toContain(label);
    }
  });
});
