import type { RunPredictions } from '../../src/record/prediction-file.ts';
import type { GapCurve, GapStyle } from '../../src/report/figures/gap-figure.ts';

/** Makes a curve of three points that ends at 0. */
export function curve(line: string, dash: string): GapCurve {
  const points = [1, 50, 100].map((evaluations, i) => {
    const median = [100, 1e-3, 0][i] as number;
    return { evaluations, low: median / 2, median, high: 2 * median };
  });
  return { line, dash, points };
}

export const STYLE: GapStyle = {
  colors: { adam: '#d64545', 'adam+dscd': '#3b8fe8', uniform: '#8a8f98' },
  dashTitle: 'schedule',
  dashes: { constant: [1, 0], cosine: [6, 3] },
  band: 'middle half of 10 seeds',
};

/** Lists the numbers in each path of an SVG's marks of a kind. */
export function paths(svg: string, mark: 'area' | 'line' | 'rule' | 'symbol'): number[][] {
  const groups = svg.matchAll(new RegExp(`<g class="mark-${mark} role-mark[^>]*>(.*?)</g>`, 'g'));
  return [...groups].flatMap(([, inside = '']) =>
    [...inside.matchAll(/ d="([^"]*)"/g)].map(([, d = '']) => d.match(/-?[\d.]+/g)?.map(Number) ?? []),
  );
}

/** Lists the texts of an SVG in order. */
export function texts(svg: string): string[] {
  return [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)</g)].map(([, text = '']) => text);
}

/** Splits a page, as a browser would, into its scripts and the rest. */
export function takeApart(html: string): { scripts: string[]; rest: string } {
  const scripts: string[] = [];
  const rest = html.replace(/<script\b[^>]*>([\s\S]*?)<\/script>/gi, (_, script: string) => {
    scripts.push(script);
    return '';
  });
  return { scripts, rest };
}

/** What a network takes 8 pictures of three classes for; the name of one needs care on a page. */
export const PREDICTIONS: RunPredictions = {
  classes: ['cat', 'dog "<b>\'', 'owl'],
  pictures: 8,
  confusion: [
    [2, 1, 0],
    [2, 3, 0],
    [0, 0, 0],
  ],
  mistakes: [
    { index: 5, label: 1, predicted: 0, probability: 0.75, png: 'data:image/png;base64,AAAA' },
    { index: 0, label: 0, predicted: 1, probability: 0.5, png: 'data:image/png;base64,AAAA' },
    { index: 7, label: 1, predicted: 0, probability: 0.4, png: 'data:image/png;base64,AAAA' },
  ],
};

/** Matches what could make a browser send a request. A link within the page, and a picture's own data, cannot. */
export const FETCHED =
  /\b(src(?!="data:image\/png;base64,)|href(?!="#)|action|srcset|data|poster)\s*=|url\(|@import|https?:|\/\//i;
