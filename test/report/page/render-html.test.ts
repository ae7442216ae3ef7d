import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { gapFigure, interactiveGapFigure } from '../../../src/report/figures/gap-figure.ts';
import { rangeFigure } from '../../../src/report/figures/range-figure.ts';
import type { PageFigure } from '../../../src/report/page/page-section.ts';
import { renderHtml } from '../../../src/report/page/render-html.ts';
import { curve, FETCHED, paths, STYLE, takeApart } from '../fixtures.ts';

const ATTACK = '</script><script>alert(1)</script><img src=x onerror=alert(2)>"\'&';

const panel = { title: 'one', curves: [curve('adam', 'constant'), curve('adam+dscd', 'cosine')] };
const figure: PageFigure = { heading: 'one', spec: interactiveGapFigure(panel, STYLE) };

describe('a page of figures', () => {
  it('fetches nothing, and its policy forbids requests', () => {
    const { rest, scripts } = takeApart(renderHtml('title', [figure]));
    expect(rest).toContain(`content="default-src 'none';`);
    expect(rest).not.toMatch(FETCHED);
    const [vega = '', specs = '', draw = ''] = scripts;
    expect(specs).not.toMatch(/"(url|href)":/);
    expect(draw).not.toMatch(/fetch|import|XMLHttpRequest|https?:/);
    const addresses = vega.match(/https?:\/\/[\w./-]+/g) ?? [];
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]); // XML namespaces
  });

  it('shows the given texts and runs none of them', () => {
    const spec = interactiveGapFigure(
      { title: '', curves: [{ ...curve('adam', 'constant'), line: ATTACK }] },
      {
        ...STYLE,
        colors: { [ATTACK]: '#000' },
      },
    );
    const { scripts, rest } = takeApart(renderHtml(ATTACK, [{ heading: ATTACK, note: ATTACK, spec }], ATTACK));
    const plain = takeApart(renderHtml('', [figure]));
    expect(scripts).toHaveLength(3);
    expect(scripts[0]).toBe(plain.scripts[0]);
    expect(scripts[2]).toBe(plain.scripts[2]);
    expect(rest).not.toMatch(/<script|<img/i);
    const escaped =
      '&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;&quot;&#39;&amp;';
    expect(rest.split(escaped)).toHaveLength(7); // title, h1, p, h2, p, label of the figure
    expect(JSON.stringify(JSON.parse(scripts[1] as string))).toContain(JSON.stringify(ATTACK));
  });

  it('puts sections beside each other that may stand so, if they follow one another', () => {
    const section = (heading: string, beside: boolean) => ({ heading, beside });
    const all = [section('a', false), section('b', true), section('c', true), section('d', false), section('e', true)];
    const frames = [...renderHtml('', all).matchAll(/<div class="beside">(.*?)<\/div>/gs)];
    expect(frames.map(([, inside = '']) => [...inside.matchAll(/<h2>(.)</g)].map(([, name]) => name))).toEqual([
      ['b', 'c'],
      ['e'],
    ]);
  });

  it('contains a Vega that draws its figures', async () => {
    const range = rangeFigure(
      [{ group: 'A', name: 'a', low: 1, median: 2, high: 3 }],
      {
        title: 'loss',
        groupTitle: 'noise',
        colors: { a: '#d64545' },
        floor: 1,
      },
      'interactive',
    );
    const { scripts } = takeApart(renderHtml('', [figure, { heading: 'two', spec: range }]));
    const context = createContext({ console, setTimeout, clearTimeout });
    runInContext(scripts[0] as string, context);
    const svgs: string[] = await runInContext(
      `Promise.all(${scripts[1]}.map((spec) => new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG()))`,
      context,
    );
    expect(svgs).toHaveLength(2);
    expect(paths(svgs[0] as string, 'line')).toHaveLength(2);
    expect(paths(svgs[1] as string, 'symbol')).toHaveLength(1);
  });

  it('refuses a figure that Vega-Lite rejects', () => {
    const spec = { mark: 'line', encoding: { x: { field: 'a', type: 'nominal', color: 1 }, nothing: {} } };
    expect(() => renderHtml('', [{ heading: '', spec: spec as never }])).toThrow(/^Vega-Lite rejects the figure: /);
    expect(() => gapFigure([panel], STYLE)).not.toThrow();
  });
});
