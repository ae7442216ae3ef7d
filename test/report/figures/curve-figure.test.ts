import { expect, it } from 'vitest';
import { curvePanels } from '../../../src/report/figures/curve-figure.ts';
import { renderSvg } from '../../../src/report/figures/render-svg.ts';
import { paths, texts } from '../fixtures.ts';

const curve = (name: string, level: number) => ({
  name,
  points: [0, 1, 2].map((epoch) => ({ epoch, low: level, median: level + 0.1, high: level + 0.2 })),
});

it('stacks panels of the same curves, each a line in a band', async () => {
  const curves = [curve('a', 0.1), curve('b', 0.5), { name: 'c', points: [] }];
  const panels = ['normal', 'reduce'].map((title) => ({ title, curves }));
  const svg = await renderSvg(curvePanels(panels, 'range of 3 seeds', { title: 'weight', domain: [0, 1] }));
  expect(paths(svg, 'line')).toHaveLength(4);
  expect(paths(svg, 'area')).toHaveLength(4);
  expect(texts(svg)).toEqual(expect.arrayContaining(['normal', 'reduce', 'range of 3 seeds', 'weight', 'a', 'b']));
  expect(texts(svg)).not.toContain('c');
});
