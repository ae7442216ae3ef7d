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

/** Result of one rival in one group: the median of its runs, with their range. */
export interface RangeEntry {
  /** Label of the group; line breaks are kept. */
  readonly group: string;
  /** Legend entry. */
  readonly name: string;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export interface RangeStyle {
  /** Title of the value axis. */
  readonly title: string;
  /** Title of the axis of groups. */
  readonly groupTitle: string;
  /** Color of each name, in the order of the legend. Every color must be visible on white and on black. */
  readonly colors: Readonly<Record<string, string>>;
  /** Least value shown, a power of ten. Smaller values are drawn at it, labeled "≤". */
  readonly floor: number;
}

/**
 * Compares rivals within groups on a logarithmic axis: a dot marks the median, a line spans the lowest to the highest
 * run.
 */
export function rangeFigure(entries: readonly RangeEntry[], style: RangeStyle, kind: FigureKind): FigureSpec {
  const { colors, floor, groupTitle, title } = style;
  const raised = (value: number): number => Math.max(value, floor);
  const values = entries.map(({ group, name, low, median, high }) => ({
    group,
    name,
    low: raised(low),
    median: raised(median),
    high: raised(high),
    shown: median,
  }));
  const y = {
    type: 'quantitative',
    title,
    ...logAxis(
      floor,
      values.flatMap(({ low, high }) => [low, high]),
    ),
  };
  const scale = entryScale(colors, new Set(values.map(({ name }) => name)));
  const groups = [...new Set(entries.map(({ group }) => group))];
  const opacity = pickedOpacity(kind, ['name'], 1, 0.12);
  return {
    ...figureWidth(kind),
    height: 380,
    data: { values },
    encoding: {
      x: {
        field: 'group',
        type: 'nominal',
        title: groupTitle,
        scale: { domain: groups, paddingInner: 0.3 },
        axis: { labelAngle: 0, labelExpr: "split(datum.label, '\\n')", labelLimit: 0 },
      },
      xOffset: { field: 'name', type: 'nominal', scale: { domain: Object.keys(colors) } },
      color: { field: 'name', type: 'nominal', scale, legend: legendBelow(kind, null) },
    },
    layer: [
      {
        ...legendPicks(kind, ['name']),
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' }, opacity },
      },
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 1 },
        encoding: {
          y: { ...y, field: 'median' },
          opacity,
          tooltip: [
            { field: 'name', title: 'rule' },
            { field: 'shown', title: 'median', format: '.3~g' },
          ],
        },
      },
    ],
  } as FigureSpec;
}
