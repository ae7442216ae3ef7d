import { shortNumber } from '../../src/command/format.ts';
import { mean, median } from '../../src/math/statistics.ts';
import { type EcdfPanel, ecdfFigure, interactiveEcdfFigure } from '../../src/report/figures/ecdf-figure.ts';
import { COLORS, GRAY } from '../../src/report/figures/figure-parts.ts';
import { renderSvg } from '../../src/report/figures/render-svg.ts';
import { renderHtml } from '../../src/report/page/render-html.ts';
import type { ComparisonReport } from '../comparison/comparison.ts';
import { renderText, type Table, type TableCell } from '../comparison/render-table.ts';
import { type BbobResult, TARGETS } from './bbob-run.ts';

/** A method on a function, over its seeds: a line of `--json`. */
export interface BbobSummary {
  readonly dimension: number;
  readonly function: number;
  readonly name: string;
  readonly method: string;
  readonly seeds: number;
  /** Median of the best gaps. */
  readonly bestGap: number;
  /** Share of the targets of all seeds that were hit. */
  readonly hit: number;
  /** Rank by the hit targets, then by the median gap: 1 is the best; equal ones share the mean of their ranks. */
  readonly rank: number;
}

/** Number of points of a curve. */
const CURVE_POINTS = 120;

/** Makes the table of who is best where, and the distributions of running times. */
export async function reportBbob(results: readonly BbobResult[]): Promise<ComparisonReport> {
  const summaries = summarize(results);
  const methods = [...new Set(results.map(({ method }) => method))];
  const colors = Object.fromEntries(methods.map((method, i) => [method, COLORS[i] ?? GRAY]));
  const panels = toPanels(results);
  const note =
    'Share of COCO’s 51 targets (gaps from 100 to 1e-8), over all functions and seeds, that a method has hit. A gradient ' +
    'counts as many evaluations as there are coordinates.';
  const figures = panels.map((panel) => ({ heading: panel.title, spec: interactiveEcdfFigure(panel, colors) }));
  return {
    lines: summaries,
    text: (columns) => renderText(toTable(summaries, methods), columns),
    files: {
      'bbob.svg': await renderSvg(ecdfFigure(panels, colors)),
      'bbob.html': renderHtml('The functions of BBOB', figures, note),
    },
  };
}

/** Summarizes every method on every function, by dimension, function and method. */
export function summarize(results: readonly BbobResult[]): BbobSummary[] {
  const groups = Map.groupBy(results, (run) => `${run.dimension} ${run.function}`);
  return [...groups.values()].flatMap((group) => {
    const rivals = [...Map.groupBy(group, ({ method }) => method)].map(([method, runs]) => ({
      method,
      seeds: runs.length,
      bestGap: median(runs.map(({ bestGap }) => bestGap)),
      hit: mean(runs.map(({ hits }) => hits.filter((hit) => hit !== null).length / TARGETS.length)),
    }));
    const isBetter = (a: (typeof rivals)[number], b: (typeof rivals)[number]): boolean =>
      a.hit > b.hit || (a.hit === b.hit && a.bestGap < b.bestGap);
    const [{ dimension, function: number, name }] = group as [BbobResult];
    return rivals.map((one) => {
      const better = rivals.filter((other) => isBetter(other, one)).length;
      const worse = rivals.filter((other) => isBetter(one, other)).length;
      return { dimension, function: number, name, ...one, rank: (better + 1 + rivals.length - worse) / 2 };
    });
  });
}

/** A row for each dimension and function, with the median gaps and the best method, and one of mean ranks. */
export function toTable(summaries: readonly BbobSummary[], methods: readonly string[]): Table {
  const rows: Record<string, TableCell>[] = [];
  for (const [dimension, ofDimension] of Map.groupBy(summaries, (one) => one.dimension)) {
    for (const group of Map.groupBy(ofDimension, (one) => one.function).values()) {
      const [{ function: number, name }] = group as [BbobSummary];
      const best = group.filter(({ rank }) => rank === Math.min(...group.map((one) => one.rank)));
      rows.push({
        dimension: String(dimension),
        function: `f${number} ${name}`,
        best: best.map(({ method }) => method).join(', '),
        ...Object.fromEntries(group.map(({ method, bestGap }) => [method, shortNumber(bestGap)])),
      });
    }
    const rankOf = (method: string): string =>
      mean(ofDimension.filter((one) => one.method === method).map(({ rank }) => rank)).toFixed(2);
    rows.push({
      dimension: String(dimension),
      function: 'mean rank',
      best: '',
      ...Object.fromEntries(methods.map((method) => [method, rankOf(method)])),
    });
  }
  const column = (key: string, title: string) => ({ key, title, kind: 'text' as const });
  return {
    columns: [
      column('dimension', 'dimension'),
      column('function', 'function'),
      column('best', 'best'),
      ...methods.map((method) => column(method, `${method}, gap`)),
    ],
    names: 2,
    rows: rows.map((row) => ({ ...Object.fromEntries(methods.map((method) => [method, null])), ...row })),
  };
}

/** Makes one panel a dimension, with a curve for each method. */
export function toPanels(results: readonly BbobResult[]): EcdfPanel[] {
  return [...Map.groupBy(results, ({ dimension }) => dimension)].map(([dimension, ofDimension]) => {
    const most = Math.max(...ofDimension.map(({ budget }) => budget));
    const places = Array.from({ length: CURVE_POINTS }, (_, i) => most ** (i / (CURVE_POINTS - 1)));
    const curves = [...Map.groupBy(ofDimension, ({ method }) => method)].map(([name, runs]) => {
      const hits = runs.flatMap((run) => run.hits);
      const points = places.map((evaluations) => ({
        evaluations: evaluations / dimension,
        share: hits.filter((hit) => hit !== null && hit <= evaluations).length / hits.length,
      }));
      return { name, points };
    });
    return { title: `${dimension} dimensions`, curves };
  });
}
