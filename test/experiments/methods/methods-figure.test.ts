import { expect, it } from 'vitest';
import { pageFigures, stillFigure } from '../../../experiments/methods/methods-figure.ts';
import { planMethods } from '../../../experiments/methods/methods-plan.ts';
import { renderSvg } from '../../../src/report/figures/render-svg.ts';
import { SEARCH_METHOD_NAMES } from '../../../src/search/methods.ts';
import { paths, texts } from '../../report/fixtures.ts';
import { madeUpRun, PLAN } from './made-up-runs.ts';

it('has a point for each retrained cell, and names axes, methods and spaces', async () => {
  const runs = [
    madeUpRun('darts', 0, 0.6),
    madeUpRun('darts+dscd', 0, 0.7),
    madeUpRun('darts', 1, 0, { outcome: 'invalid', retrained: null }),
    madeUpRun('random', 0, 0.65),
  ];
  const svg = await renderSvg(stillFigure(PLAN, runs));
  expect(svg.match(/aria-label="parameters: [^"]*; method: [^"]*"/g)).toHaveLength(3);
  expect(svg).toMatch(/parameters: [^"]*; retrained accuracy, %: 70; method: darts\+dscd/);
  expect(texts(svg)).toEqual(
    expect.arrayContaining(['S2', 'parameters', 'retrained accuracy, %', 'darts', 'darts+dscd', 'gdas', 'random']),
  );
  expect(paths(svg, 'symbol').length).toBeGreaterThanOrEqual(3);
});

it('gives twins one color, and no two methods the same color and shape', () => {
  const plan = planMethods('smoke', { spaces: ['s2'], methods: SEARCH_METHOD_NAMES });
  interface Scale {
    readonly domain: readonly string[];
    readonly range: readonly string[];
  }
  const [{ spec }] = pageFigures(plan, []) as unknown as [{ spec: { encoding: Record<string, { scale: Scale }> } }];
  const { color, shape } = spec.encoding as Record<'color' | 'shape', { scale: Scale }>;
  const of = ({ scale: { domain, range } }: { scale: Scale }, name: string) => range[domain.indexOf(name)];
  expect(color.scale.domain.toSorted()).toEqual(SEARCH_METHOD_NAMES.toSorted());
  const looks = SEARCH_METHOD_NAMES.map((name) => `${of(color, name)} ${of(shape, name)}`);
  expect(new Set(looks).size).toBe(SEARCH_METHOD_NAMES.length);
  expect(of(color, 'darts+dscd')).toBe(of(color, 'darts'));
});
