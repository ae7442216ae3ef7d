import { describe, expect, it } from 'vitest';
import { gapFigure } from '../../../src/report/figures/gap-figure.ts';
import { renderSvg } from '../../../src/report/figures/render-svg.ts';
import { curve, paths, STYLE, texts } from '../fixtures.ts';

const PANELS = [
  { title: 'one', curves: [curve('adam', 'constant'), curve('adam', 'cosine'), curve('adam+dscd', 'cosine')] },
  { title: 'two', curves: [curve('adam', 'constant')] },
];

describe('the figure of gaps', () => {
  it('has a line and a band for every curve of every panel', async () => {
    const svg = await renderSvg(gapFigure(PANELS, STYLE));
    expect(paths(svg, 'line')).toHaveLength(4);
    expect(paths(svg, 'area')).toHaveLength(4);
  });

  it('names the panels, and in the legends only what they contain', async () => {
    const svg = await renderSvg(gapFigure(PANELS, STYLE));
    const labels = texts(svg);
    expect(labels).toEqual(
      expect.arrayContaining(['one', 'two', 'adam', 'adam+dscd', 'constant', 'cosine', 'schedule']),
    );
    expect(labels).toContain('median, and middle half of 10 seeds');
    expect(labels).not.toContain('uniform');
  });

  it('draws gaps of 0 at a labeled floor inside the panel', async () => {
    const svg = await renderSvg(gapFigure([{ title: '', curves: [curve('adam', 'constant')] }], STYLE));
    expect(texts(svg)).toContain('≤ 1e-8');
    const [line = []] = paths(svg, 'line');
    const heights = line.filter((_, i) => i % 2 === 1);
    expect(heights.at(-1)).toBe(380); // the bottom of the panel
    expect(heights.every((y) => y >= 0 && y <= 380)).toBe(true);
    const higher = await renderSvg(
      gapFigure([{ title: '', curves: [curve('adam', 'constant')] }], { ...STYLE, floor: 0.1 }),
    );
    expect(texts(higher)).toContain('≤ 0.1');
  });

  it('leaves out decades that no gap reaches', async () => {
    const points = [1, 100].map((evaluations) => ({ evaluations, low: 20, median: 30, high: 400 }));
    const panel = { title: '', curves: [{ line: 'adam', dash: 'constant', points }] };
    const svg = await renderSvg(gapFigure([panel], STYLE));
    expect(texts(svg)).toEqual(expect.arrayContaining(['10', '100']));
    expect(texts(svg).some((text) => text.startsWith('≤') || text === '1')).toBe(false);
  });

  it('is drawn the same every time, without a canvas', async () => {
    const [first, second] = [await renderSvg(gapFigure(PANELS, STYLE)), await renderSvg(gapFigure(PANELS, STYLE))];
    expect(first === second).toBe(true);
  });

  it('refuses a floor that is not a power of ten', () => {
    const floor = (value: number) => () => gapFigure(PANELS, { ...STYLE, floor: value });
    expect(floor(0)).toThrow('the floor of a logarithmic axis must be a power of ten, got 0');
    expect(floor(3e-8)).toThrow(RangeError);
  });
});
