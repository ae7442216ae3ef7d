import {
  COLORS,
  entryScale,
  type FigureKind,
  figureWidth,
  GRAY,
  legendBelow,
  legendPicks,
  pickedOpacity,
} from './figure-parts.ts';
import type { FigureSpec } from './render-svg.ts';

/** Value at an epoch: the median of the runs, with their range. For one run all three are equal. */
export interface CurvePoint {
  readonly epoch: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export interface Curve {
  /** Legend entry. */
  readonly name: string;
  readonly points: readonly CurvePoint[];
}

export interface CurveStyle {
  /** Title of the value axis. */
  readonly title: string;
  /** Number format in d3's notation. @default '.3~g' */
  readonly format?: string;
  /** Range of the value axis. @default the range of the values */
  readonly domain?: readonly [number, number];
  /** Range outside of which values are cut off. The axis then covers about that range. @default none are */
  readonly cut?: readonly [number, number];
  /** A logarithmic axis needs values above 0. @default 'linear' */
  readonly scale?: 'linear' | 'log';
  /** Whether the values are counts: the axis begins at 0, and its marks are whole. @default false */
  readonly counts?: boolean;
}

const CURVE_COLORS = [...COLORS, GRAY];

/** Dash patterns: after the last color the colors repeat with the next pattern. */
const DASHES = [
  [1, 0],
  [6, 3],
  [2, 2],
];

/** Fields with a legend. */
const LEGENDS = ['name'];

/** Curves of one still figure among several. */
export interface CurvePanel {
  readonly title: string;
  readonly curves: readonly Curve[];
}

/**
 * Draws values over epochs, for a page: a line per curve, with a band for the range of several runs. A curve without
 * points still takes a color, so that the others keep their colors in every figure of the page.
 */
export function curveFigure(curves: readonly Curve[], style: CurveStyle): FigureSpec {
  return drawCurves(curves, style, 'interactive') as FigureSpec;
}

/**
 * Stacks still figures of the same curves, for paper.
 *
 * @param subtitle below the title of every panel, e.g. what the band is
 */
export function curvePanels(panels: readonly CurvePanel[], subtitle: string, style: CurveStyle): FigureSpec {
  return {
    data: { values: [] },
    vconcat: panels.map(({ title, curves }) => ({
      title: { text: title, subtitle },
      ...drawCurves(curves, style, 'still'),
    })),
    spacing: 28,
  } as FigureSpec;
}

function drawCurves(
  curves: readonly Curve[],
  { title, format = '.3~g', domain, cut, scale = 'linear', counts = false }: CurveStyle,
  kind: FigureKind,
): object {
  const values = curves.flatMap(({ name, points }) => points.map((point) => ({ ...point, name })));
  const names = [...new Set(curves.map((curve) => curve.name))];
  const used = new Set(values.map(({ name }) => name));
  const colors = Object.fromEntries(names.map((name, i) => [name, CURVE_COLORS[i % CURVE_COLORS.length]]));
  const dashes = Object.fromEntries(
    names.map((name, i) => [name, DASHES[Math.floor(i / CURVE_COLORS.length) % DASHES.length]]),
  );
  const clip = cut === undefined ? {} : { clip: true };
  const y = {
    type: 'quantitative',
    title,
    axis: { format, ...(counts && { tickMinStep: 1 }) },
    scale: {
      type: scale,
      ...(scale === 'linear' && { zero: counts }),
      ...(domain && { domain }),
      ...(cut && { domain: cut, nice: true }),
    },
  };
  return {
    ...figureWidth(kind),
    height: 280,
    data: { values },
    encoding: {
      x: {
        field: 'epoch',
        type: 'quantitative',
        axis: { tickMinStep: 1, format: 'd' },
        scale: { nice: false, zero: false, padding: 8 },
      },
      color: {
        field: 'name',
        type: 'nominal',
        scale: entryScale(colors, used),
        legend: legendBelow(kind, null),
      },
    },
    layer: [
      {
        transform: [{ filter: 'datum.low < datum.high' }],
        mark: { type: 'area', ...clip },
        encoding: {
          y: { ...y, field: 'low' },
          y2: { field: 'high' },
          opacity: pickedOpacity(kind, LEGENDS, 0.14, 0),
        },
      },
      {
        ...legendPicks(kind, LEGENDS),
        mark: {
          type: 'line',
          strokeWidth: 2,
          ...clip,
          ...(kind === 'interactive' && { point: { size: 36, filled: true } }),
        },
        encoding: {
          y: { ...y, field: 'median' },
          ...(names.length > CURVE_COLORS.length && {
            strokeDash: {
              field: 'name',
              type: 'nominal',
              scale: entryScale(dashes, used),
              legend: legendBelow(kind, null),
            },
          }),
          opacity: pickedOpacity(kind, LEGENDS, 1, 0.1),
          tooltip: [
            { field: 'name', title: 'curve' },
            { field: 'epoch', title: 'epoch' },
            { field: 'median', title, format },
          ],
        },
      },
    ],
  };
}
