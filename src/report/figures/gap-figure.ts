import {
  entryScale,
  type FigureKind,
  figureWidth,
  legendBelow,
  legendPicks,
  logAxis,
  pickedOpacity,
} from './figure-parts.ts';
import type { FigureSpec } from './render-svg.ts';

/** Gap of the best loss to the minimum after a number of evaluations: median and range over the runs of a setting. */
export interface GapPoint {
  readonly evaluations: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Line with its band. */
export interface GapCurve {
  /** Legend entry of the color: a method and its setting. */
  readonly line: string;
  /** Legend entry of the dash pattern. */
  readonly dash: string;
  readonly points: readonly GapPoint[];
}

/** Curves on one test function. */
export interface GapPanel {
  readonly title: string;
  readonly curves: readonly GapCurve[];
}

/** Look of all panels. */
export interface GapStyle {
  /** Color of each line, in the order of the legend. Every color must be visible on white and on black. */
  readonly colors: Readonly<Record<string, string>>;
  /** Title of the dash patterns' legend. */
  readonly dashTitle: string;
  /** Stroke and gap lengths of each dash pattern, in the order of the legend. An empty list is a solid line. */
  readonly dashes: Readonly<Record<string, readonly number[]>>;
  /** Meaning of the band, e.g. 'middle half of 10 seeds'. */
  readonly band: string;
  /** Least gap shown, a power of ten. Smaller gaps, such as 0, are drawn at it, labeled "≤". @default 1e-8 */
  readonly floor?: number;
}

/** Stacks all panels in one still figure, for paper. */
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

/** Draws one panel for a page. The page shows the title. */
export function interactiveGapFigure(panel: GapPanel, style: GapStyle): FigureSpec {
  return drawPanel(panel, style, panel.curves, 'interactive') as FigureSpec;
}

/** Fields with a legend. */
const LEGENDS = ['line', 'dash'] as const;

/** @param all curves named in the legend */
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
