/**
 * Whether a figure stands still, on paper, or answers its reader on a page: then it is as wide as its place, and a click
 * on an entry of the legend picks out what it names (with Shift several).
 */
export type FigureKind = 'still' | 'interactive';

/** Parameter of an interactive figure: columns of its legends, which the page sets by its width. */
export const LEGEND_COLUMNS = 'legendColumns';

/** Width of a figure that stands still, in pixels. */
const WIDTH = 640;

/** Width of a figure of this kind, as a part of its specification. */
export function figureWidth(kind: FigureKind): object {
  if (kind === 'still') return { width: WIDTH };
  return {
    width: 'container',
    autosize: { type: 'fit-x', contains: 'padding' },
    params: [{ name: LEGEND_COLUMNS, value: 2 }],
  };
}

/** A legend below the figure, in as many columns as its width takes. */
export function legendBelow(kind: FigureKind, title: string | null): object {
  return {
    orient: 'bottom',
    direction: 'horizontal',
    columns: kind === 'still' ? 4 : { expr: LEGEND_COLUMNS },
    title,
    symbolType: 'stroke',
    symbolOpacity: 1,
    titleLimit: 320,
  };
}

/** Parameters by which the legends of these fields pick out marks: to stand in one of the layers. */
export function legendPicks(kind: FigureKind, fields: readonly string[]): object {
  if (kind === 'still') return {};
  const params = fields.map((field) => ({
    name: parameterOf(field),
    select: { type: 'point', fields: [field] },
    bind: 'legend',
  }));
  return { params };
}

/** Opacity of what is picked out (everything, as long as nothing is), and of the rest. */
export function pickedOpacity(kind: FigureKind, fields: readonly string[], shown: number, rest: number): object {
  if (kind === 'still') return { value: shown };
  return {
    condition: { test: { and: fields.map((field) => ({ param: parameterOf(field) })) }, value: shown },
    value: rest,
  };
}

/** Scale and legend of a field's entries, in the order given. */
export function entryScale<T>(entries: Readonly<Record<string, T>>, used: ReadonlySet<string>): object {
  const domain = Object.keys(entries).filter((name) => used.has(name));
  return { domain, range: domain.map((name) => entries[name]) };
}

function parameterOf(field: string): string {
  return `picked_${field}`;
}
