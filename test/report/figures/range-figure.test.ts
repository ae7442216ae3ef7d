import { describe, expect, it } from 'vitest';
import { rangeFigure } from '../../../src/report/figures/range-figure.ts';
import { renderSvg } from '../../../src/report/figures/render-svg.ts';
import { paths, texts } from '../fixtures.ts';

const STYLE = { title: 'loss', groupTitle: 'noise', colors: { a: '#d64545', b: '#3b8fe8' }, floor: 1 };
const ENTRIES = ['A\nlow', 'B'].flatMap((group) =>
  ['a', 'b'].map((name) => ({ group, name, low: 0, median: 10, high: 100 })),
);

describe('the figure of ranges', () => {
  it('has a dot and a range for every rival in every group, and breaks group names into lines', async () => {
    const svg = await renderSvg(rangeFigure(ENTRIES, STYLE, 'still'));
    expect(paths(svg, 'symbol')).toHaveLength(4);
    expect(svg.match(/<line [^>]*stroke="#(d64545|3b8fe8)"/g)).toHaveLength(4);
    expect(texts(svg)).toEqual(expect.arrayContaining(['A', 'low', 'B', '≤ 1', 'loss', 'noise', 'a', 'b']));
  });
});
