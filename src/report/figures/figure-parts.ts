/**
 * Use of a figure. A still figure is for paper. An interactive one is for a page: it fills the width, and a click on a
 * legend entry highlights its marks (Shift adds entries).
 */
export type FigureKind = 'still' | 'interactive';

/** Parameter of an interactive figure: number of legend columns. The page sets it from its width. */
export const LEGEND_COLUMNS = 'legendColumns';

/** Parameter of a figure with a slider: index of the moment shown, from 0. */
export const MOMENT = 'moment';

/** Colors that are visible on white and on black, easy to tell apart. */
export const COLORS = ['#3b8fe8', '#e8743b', '#3fa34d', '#9457d6', '#d9a400', '#d64545', '#2bb3a3', '#c2509b'];

/** Color of what stands behind the rest. */
export const GRAY = '#8a8f98';

/** Width of a still figure, in pixels. */
const WIDTH = 640;

/** Width properties of a figure. */
export function figureWidth(kind: FigureKind): object {
  if (kind === 'still') return { width: WIDTH };
  return { ...containerWidth(), params: [{ name: LEGEND_COLUMNS, value: 2 }] };
}

/** Width properties of a page's figure that fills its container. */
export function containerWidth(): object {
  return { width: 'container', autosize: { type: 'fit-x', contains: 'padding' } };
}

/** Legend below the figure, in as many columns as fit. */
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

/** Parameters that let the legends of these fields highlight marks. One layer of the figure must hold them. */
export function legendPicks(kind: FigureKind, fields: readonly string[]): object {
  if (kind === 'still') return {};
  const params = fields.map((field) => ({
    name: parameterOf(field),
    select: { type: 'point', fields: [field] },
    bind: 'legend',
  }));
  return { params };
}

/** Width properties of a figure of one layer, together with the parameters that `legendPicks` has. */
export function pickedWidth(kind: FigureKind, fields: readonly string[]): object {
  const [width, picks] = [figureWidth(kind), legendPicks(kind, fields)] as { params?: readonly object[] }[];
  const params = [...(width?.params ?? []), ...(picks?.params ?? [])];
  return { ...width, ...(params.length === 0 ? {} : { params }) };
}

/**
 * Opacity of a mark.
 *
 * @param shown opacity of highlighted marks; without a highlight all marks have it
 * @param rest opacity of the other marks
 */
export function pickedOpacity(kind: FigureKind, fields: readonly string[], shown: number, rest: number): object {
  if (kind === 'still') return { value: shown };
  return {
    condition: { test: { and: fields.map((field) => ({ param: parameterOf(field) })) }, value: shown },
    value: rest,
  };
}

/** Scale of a nominal field: the used entries, in the given order. */
export function entryScale<T>(entries: Readonly<Record<string, T>>, used: ReadonlySet<string>): object {
  const domain = Object.keys(entries).filter((name) => used.has(name));
  return { domain, range: domain.map((name) => entries[name]) };
}

/**
 * Logarithmic scale and axis over the decades of the values. The caller raises values below the floor to it; the label
 * there then reads "≤ floor".
 *
 * @param floor least value shown, a power of ten
 * @param values already raised to the floor
 * @throws RangeError if the floor is not a power of ten
 */
export function logAxis(floor: number, values: readonly number[]): { scale: object; axis: object } {
  const least = Math.round(Math.log10(floor));
  if (!(floor > 0 && Math.abs(Math.log10(floor) - least) < 1e-9)) {
    throw new RangeError(`the floor of a logarithmic axis must be a power of ten, got ${floor}`);
  }
  const lowest = values.reduce((low, value) => Math.min(low, value), Infinity);
  const highest = values.reduce((high, value) => Math.max(high, value), floor);
  const atFloor = !(lowest > floor && lowest < Infinity);
  const first = atFloor ? least : Math.floor(Math.log10(lowest));
  const last = Math.max(Math.floor(Math.log10(highest)), first + 1);
  const stride = Math.ceil((last - first) / 8); // more labels would crowd
  const ticks = [];
  for (let exponent = first; exponent <= last; exponent += stride) ticks.push(10 ** exponent);
  const number = "datum.value < 0.001 ? format(datum.value, '.0e') : format(datum.value, ',')";
  return {
    scale: { type: 'log', domain: [10 ** first, Math.max(1.1 * highest, 10 ** (first + 1))], nice: false, clamp: true },
    axis: {
      values: ticks,
      labelExpr: atFloor ? `(datum.value < ${floor * 1.01} ? '≤ ' : '') + (${number})` : number,
    },
  };
}

function parameterOf(field: string): string {
  return `picked_${field}`;
}
