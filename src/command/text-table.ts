import stringWidth from 'string-width';
import { wrapLine } from './wrap-line.ts';

/** Blanks between two columns. */
const GAP = 2;

/** A column of text is broken into lines of this width, or wider. */
const NARROWEST = 20;

type Row = readonly string[];

export interface TextTableOptions {
  /** Width of the terminal. @default infinite */
  readonly columns?: number;
  /** Number of columns that name a row. @default those of text */
  readonly names?: number;
}

/**
 * A table as text: columns two blanks apart, the first ones to the left, numbers to the right. If the table is wider than
 * the terminal, headings and long texts take several lines. If that is not enough, it becomes several tables, one below
 * the other, which all begin with the columns that name the rows.
 *
 * @param rows of cells, the head first
 * @param left number of columns that are text
 */
export function textTable(
  rows: readonly Row[],
  left: number,
  { columns = Infinity, names = left }: TextTableOptions = {},
): string {
  const count = Math.max(...rows.map((row) => row.length));
  const cells = (i: number): string[] => rows.map((row) => row[i] ?? '');
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(stringWidth));
  const widths = Array.from({ length: count }, (_, i) => widest(cells(i)));
  const isProse = (i: number): boolean => i >= names && i < left;
  const least = widths.map((width, i) => {
    const [head = '', ...body] = cells(i);
    const words = (text: string): string[] => text.trim().split(' ');
    return isProse(i)
      ? Math.min(width, Math.max(NARROWEST, widest([head, ...body].flatMap(words))))
      : widest([...words(head), ...body]);
  });
  const tables = splitColumns(least, names, columns).map((shown) => {
    const fitting = shrink(widths, least, shown, columns);
    return rows.map((row) => renderRow(row, fitting, shown, left)).join('');
  });
  return tables.join('\n');
}

/** Width of a table of some columns. */
function sumOf(widths: readonly number[], shown: readonly number[]): number {
  return shown.reduce((sum, i) => sum + (widths[i] as number), 0) + GAP * (shown.length - 1);
}

/**
 * Deals the columns of a table out to tables that fit.
 *
 * @param names number of columns that every table begins with. Only the first does if they leave no room, or none.
 * @returns indices of each table's columns
 */
function splitColumns(widths: readonly number[], names: number, columns: number): number[][] {
  const all = [...widths.keys()];
  if (sumOf(widths, all) <= columns) return [all];
  const leavesRoom = (count: number): boolean =>
    all.slice(count).every((i) => sumOf(widths, [...all.slice(0, count), i]) <= columns);
  const count = [names, 1].find((count) => count < all.length && leavesRoom(count)) ?? 0;
  const tables: number[][] = [];
  let table = all.slice(0, count);
  for (const i of all.slice(count)) {
    if (table.length > count && sumOf(widths, [...table, i]) > columns) {
      tables.push(table);
      table = all.slice(0, count);
    }
    table.push(i);
  }
  return [...tables, table];
}

/** Takes what is too much from the widest columns, down to their least widths. */
function shrink(
  widths: readonly number[],
  least: readonly number[],
  shown: readonly number[],
  columns: number,
): readonly number[] {
  const fitting = [...widths];
  for (let excess = sumOf(widths, shown) - columns; excess > 0; excess--) {
    const spare = (i: number): number => (fitting[i] as number) - (least[i] as number);
    const [widest] = shown
      .filter((i) => spare(i) > 0)
      .toSorted((a, b) => (fitting[b] as number) - (fitting[a] as number));
    if (widest === undefined) break;
    fitting[widest] = (fitting[widest] as number) - 1;
  }
  return fitting;
}

/** Renders a row, in several lines if a cell is wider than its column. */
function renderRow(row: Row, widths: readonly number[], shown: readonly number[], left: number): string {
  const broken = shown.map((i) => wrapLine(row[i] ?? '', widths[i] as number, 0));
  const height = Math.max(...broken.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) => {
    const cells = shown.map((i, place) => {
      const cell = broken[place]?.[line] ?? '';
      const blanks = ' '.repeat(Math.max(0, (widths[i] as number) - stringWidth(cell)));
      return i < left ? cell + blanks : blanks + cell;
    });
    return `${cells.join(' '.repeat(GAP)).trimEnd()}\n`;
  }).join('');
}
