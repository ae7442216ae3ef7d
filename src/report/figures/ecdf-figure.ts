import { entryScale, type FigureKind, figureWidth, legendBelow } from './figure-parts.ts';
import type { FigureSpec } from './render-svg.ts';

/** Share of targets hit after a number of evaluations. */
export interface EcdfPoint {
  /** Evaluations for each coordinate, above 0. */
  readonly evaluations: number;
  readonly share: number;
}

/** Curve of one method. */
export interface EcdfCurve {
  readonly name: string;
  /** Points by rising evaluations. */
  readonly points: readonly EcdfPoint[];
}

/** Curves in one number of dimensions. */
export interface EcdfPanel {
  readonly title: string;
  readonly curves: readonly EcdfCurve[];
}

/**
 * Stacks panels of empirical distribution functions of running times (Hansen et al. 2021, "COCO: a platform for comparing
 * continuous optimizers in a black-box setting"): the share of targets that a method has hit, over its evaluations.
 *
 * @param colors color of each name, in the order of the legend
 */
export function ecdfFigure(panels: readonly EcdfPanel[], colors: Readonly<Record<string, string>>): FigureSpec {
  return {
    data: { values: [] },
    vconcat: panels.map((panel) => ({ title: panel.title, ...drawPanel(panel, colors, 'still') })),
    spacing: 28,
  } as FigureSpec;
}

/** Draws one panel for a page. The page shows the title. */
export function interactiveEcdfFigure(panel: EcdfPanel, colors: Readonly<Record<string, string>>): FigureSpec {
  return drawPanel(panel, colors, 'interactive') as FigureSpec;
}

function drawPanel({ curves }: EcdfPanel, colors: Readonly<Record<string, string>>, kind: FigureKind): object {
  const values = curves.flatMap(({ name, points }) => points.map((point) => ({ ...point, name })));
  const used = new Set(curves.map(({ name }) => name));
  return {
    ...figureWidth(kind),
    height: 300,
    data: { values },
    mark: { type: 'line', strokeWidth: 2, interpolate: 'step-after' },
    encoding: {
      x: {
        field: 'evaluations',
        type: 'quantitative',
        title: 'evaluations / coordinate',
        scale: { type: 'log', nice: false },
        axis: { format: ',.3~r', tickCount: 6 },
      },
      y: {
        field: 'share',
        type: 'quantitative',
        title: 'share of targets hit',
        scale: { domain: [0, 1] },
        axis: { format: '.0%' },
      },
      color: { field: 'name', type: 'nominal', scale: entryScale(colors, used), legend: legendBelow(kind, null) },
      tooltip: [
        { field: 'name', title: 'method' },
        { field: 'evaluations', title: 'evaluations / coordinate', format: '.3~g' },
        { field: 'share', title: 'share', format: '.1%' },
      ],
    },
  };
}
