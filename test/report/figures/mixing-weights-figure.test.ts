import { describe, expect, it } from 'vitest';
import { mixingHistory, mixingWeightsFigure } from '../../../src/report/figures/mixing-weights-figure.ts';
import { renderSvg } from '../../../src/report/figures/render-svg.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES } from '../../../src/space/primitives.ts';
import { texts } from '../fixtures.ts';

/** An alpha whose entries all have one value; of cells with one node, that is two edges, unless told. */
function alpha(columns: number, value: number, epoch = 0, edges = 2) {
  const matrix = (): number[] => new Array<number>(edges * columns).fill(value);
  return { epoch, normal: matrix(), reduce: matrix() };
}

const recorded = (input: SearchOptionsInput) => resolveSearchOptions({ nodes: 1, ...input }, 'smoke');

describe('the history of mixing weights', () => {
  it('relaxes alphas of FairDARTS by the sigmoid', () => {
    const history = mixingHistory([alpha(7, 0), alpha(7, 1, 1)], recorded({ method: 'fair-darts' }));
    expect(history?.names.normal).toEqual([FAIR_DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES]);
    expect(history?.edges).toEqual([
      { from: 0, to: 2 },
      { from: 1, to: 2 },
    ]);
    expect(history?.moments.map(({ reduce }) => reduce[13])).toEqual([0.5, 1 / (1 + Math.exp(-1))]);
  });

  it('relaxes alphas of DARTS by the softmax of each edge', () => {
    const history = mixingHistory([alpha(8, 3)], recorded({ method: 'darts' }));
    expect(history?.names.reduce).toEqual([DARTS_PRIMITIVES, DARTS_PRIMITIVES]);
    expect(history?.moments[0]?.normal).toEqual(new Float64Array(16).fill(1 / 8));
  });

  it('shows as expected what is drawn', () => {
    const means = mixingHistory([alpha(7, 2)], recorded({ method: 'drnas' }))?.moments[0]?.normal;
    for (const mean of means ?? expect.fail('the record fits')) expect(mean).toBeCloseTo(1 / 7, 15);
  });

  it('has the weight of an auxiliary skip in the epoch that led to the alpha', () => {
    const alphas = [alpha(8, 0), alpha(8, 0, 1), alpha(8, 0, 3)];
    const history = mixingHistory(alphas, recorded({ method: 'darts-', epochs: 4 }));
    expect(history?.names.normal[1]).toEqual([...DARTS_PRIMITIVES, 'auxiliary skip']);
    expect(history?.moments.map(({ normal }) => [normal[8], normal[17]])).toEqual([
      [1, 1],
      [1, 1],
      [0.5, 0.5],
    ]);
  });

  it('has the weights of edges, by which those of operations are multiplied', () => {
    // The second edge's beta is larger by ln 3.
    const cell = [...new Array<number>(8).fill(0), 0, ...new Array<number>(8).fill(0), Math.log(3)];
    const history = mixingHistory([{ epoch: 0, normal: cell, reduce: cell }], recorded({ method: 'pc-darts' }));
    expect(history?.names.normal[0]).toEqual([...DARTS_PRIMITIVES, 'edge weight']);
    const { normal = expect.fail('the record fits') } = history?.moments[0] ?? {};
    expect([normal[8], normal[17], normal[0], normal[9]]).toEqual(
      [1 / 4, 3 / 4, 1 / 32, 3 / 32].map((weight) => expect.closeTo(weight, 12)),
    );
  });

  it('is null without alphas, for sizes that the record does not tell, and for a method of one’s own', () => {
    const options = recorded({ method: 'fair-darts' });
    const { normal, reduce } = alpha(7, 0);
    expect(mixingHistory([], options)).toBeNull();
    expect(mixingHistory([{ epoch: 0, normal: normal.slice(1), reduce: normal.slice(1) }], options)).toBeNull();
    expect(mixingHistory([{ epoch: 0, normal: normal.slice(1), reduce }], options)).toBeNull();
    expect(mixingHistory([alpha(7, 0)], recorded({ method: 'darts' }))).toBeNull();
    expect(mixingHistory([alpha(7, 0)], { ...options, method: 'mine' })).toBeNull();
  });
});

describe('the map of mixing weights', () => {
  const draw = async (input: SearchOptionsInput, columns: number, edges: number): Promise<string> => {
    const history = mixingHistory([alpha(columns, 0, 0, edges)], recorded(input));
    return await renderSvg(mixingWeightsFigure(history ?? expect.fail('the record fits')));
  };
  const places = (svg: string): string[] =>
    [...svg.matchAll(/aria-label="[^"]*operation: (\w+)[^"]*edge: (\w+ \S+?)[;"]/g)].map(([, of, at]) => `${at} ${of}`);

  it('has a row for each edge of either cell and a column for each operation', async () => {
    const svg = await draw({ method: 'fair-darts' }, 7, 2);
    expect(places(svg)).toHaveLength(28);
    for (const label of ['normal 0→2', 'reduce 1→2', 'sep_conv_3x3', 'mixing weight']) {
      expect(texts(svg)).toContain(label);
    }
  });

  it('has in s1 the two operations of each edge alone, at their columns', async () => {
    const svg = await draw({ method: 'darts', space: 's1', nodes: 4 }, 2, 14);
    const found = places(svg);
    expect(found).toHaveLength(2 * 14 * 2);
    const of = (edge: string) =>
      found.filter((place) => place.startsWith(`${edge} `)).map((place) => place.split(' ')[2]);
    expect(of('normal 0→2')).toEqual(['skip_connect', 'dil_conv_3x3']);
    expect(of('normal 0→4')).toEqual(['max_pool_3x3', 'skip_connect']);
    expect(of('reduce 0→2')).toEqual(['max_pool_3x3', 'avg_pool_3x3']);
    expect(of('reduce 4→5')).toEqual(['skip_connect', 'dil_conv_5x5']);
  });
});
