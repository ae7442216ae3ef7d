import type { FigureSpec } from './compile-figure.ts';
import { entryScale, type FigureKind, figureWidth, legendBelow, legendPicks, pickedOpacity } from './legend.ts';
import { logAxis } from './log-axis.ts';

/** Over the runs of one setting: how far the best loss was from the minimum after so many evaluations. */
export interface GapPoint {
  readonly evaluations: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** A line with its band. */
export interface GapCurve {
  /** Entry of the legend of colors: a method, with what sets it apart. */
  readonly line: string;
  /** Entry of the legend of dashes. */
  readonly dash: string;
  readonly points: readonly GapPoint[];
}

/** The curves on one function. */
export interface GapPanel {
  readonly title: string;
  readonly curves: readonly GapCurve[];
}

/** What all panels have in common. */
export interface GapStyle {
  /** Color of each line, in the order of the legend; each must stand out from white and from black. */
  readonly colors: Readonly<Record<string, string>>;
  /** Title of the legend of dashes. */
  readonly dashTitle: string;
  /** Lengths of stroke and space of each dash, in the order of the legend; none is a solid line. */
  readonly dashes: Readonly<Record<string, readonly number[]>>;
  /** What the band around the median spans, e.g. 'middle half of 10 seeds'. */
  readonly band: string;
  /** Gaps at or below it, 0 among them, are drawn at it, and its label says so. @default 1e-8 */
  readonly floor?: number;
}

/** All panels below each other, as they stand on paper. */
export function gapFigure(panels: readonly GapPanel[], style: GapStyle): FigureSpec {
  const curves = panels.flatMap((panel) => panel.curves);
  return {
    data: { values: [] },
    vconcat: panels.map((panel) => ({
      title: { text: panel.title, subtitle: `median, and ${style.band}` },
      ...drawPanel(panel, style, curves, 'still'),
    })),
    spacing: 28,
  } as FigureSpec;
}

/** One panel for a page. Its title is left to the page. */
export function interactiveGapFigure(panel: GapPanel, style: GapStyle): FigureSpec {
  return drawPanel(panel, style, panel.curves, 'interactive') as FigureSpec;
}

/** Fields that have a legend. */
const LEGENDS = ['line', 'dash'] as const;

/** @param all curves that the legend is to name */
function drawPanel({ curves }: GapPanel, style: GapStyle, all: readonly GapCurve[], kind: FigureKind): object {
  const { colors, dashes, dashTitle, floor = 1e-8 } = style;
  const raised = (gap: number): number => Math.max(gap, floor);
  const values = curves.flatMap(({ line, dash, points }) =>
    points.map(({ evaluations, low, median, high }) => ({
      evaluations,
      low: raised(low),
      median: raised(median),
      high: raised(high),
      line,
      dash,
    })),
  );
  const y = {
    type: 'quantitative',
    title: 'gap to the minimum',
    ...logAxis(
      floor,
      values.flatMap(({ low, high }) => [low, high]),
    ),
  };
  const color = {
    field: 'line',
    type: 'nominal',
    scale: entryScale(colors, new Set(all.map(({ line }) => line))),
    legend: legendBelow(kind, null),
  };
  const strokeDash = {
    field: 'dash',
    type: 'nominal',
    scale: entryScale(dashes, new Set(all.map(({ dash }) => dash))),
    legend: legendBelow(kind, dashTitle),
  };
  const tooltip = [
    { field: 'line', title: 'method' },
    { field: 'dash', title: dashTitle },
  ];
  return {
    ...figureWidth(kind),
    height: 380,
    data: { values },
    encoding: {
      x: { field: 'evaluations', type: 'quantitative', axis: { tickCount: 5, format: ',d' }, scale: { nice: false } },
      color,
    },
    layer: [
      {
        mark: { type: 'area' },
        encoding: {
          y: { ...y, field: 'low' },
          y2: { field: 'high' },
          detail: [{ field: 'dash' }],
          opacity: pickedOpacity(kind, LEGENDS, 0.1, 0),
        },
      },
      {
        ...legendPicks(kind, LEGENDS),
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { y: { ...y, field: 'median' }, strokeDash, opacity: pickedOpacity(kind, LEGENDS, 1, 0.08), tooltip },
      },
    ],
  };
}
