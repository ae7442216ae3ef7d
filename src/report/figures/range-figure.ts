import type { FigureSpec } from './compile-figure.ts';
import { entryScale, type FigureKind, figureWidth, legendBelow, legendPicks, pickedOpacity } from './legend.ts';
import { logAxis } from './log-axis.ts';

/** What came out in one group for one of those compared: the median of its runs, and their range. */
export interface RangeEntry {
  /** A line break in it is kept. */
  readonly group: string;
  /** Entry of the legend. */
  readonly name: string;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export interface RangeStyle {
  /** What is measured. */
  readonly title: string;
  /** What the groups are. */
  readonly groupTitle: string;
  /** Color of each name, in the order of the legend; each must stand out from white and from black. */
  readonly colors: Readonly<Record<string, string>>;
  /** Least value that can be shown, a power of ten; what is smaller is drawn at it, and its label says so. */
  readonly floor: number;
}

/**
 * Compares in groups: in each a dot at the median of everyone, on a line from the lowest to the highest run, over a
 * logarithmic axis.
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
