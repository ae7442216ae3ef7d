import { textTable } from '../../src/command/text-table.ts';
import type { MeanInterval, MeanSpread } from './spread.ts';

/** Cell of a table; null if it is empty. Text may stand in any column, e.g. "Invalid arch." */
export type TableCell = string | number | MeanSpread | MeanInterval | null;

export interface TableColumn<Key extends string> {
  /** Name in the CSV file. */
  readonly key: Key;
  /** Name for a reader. */
  readonly title: string;
  /** An `interval` is that of a mean difference, which a reader sees with its sign. */
  readonly kind: 'text' | 'number' | 'spread' | 'interval';
  /** Digits after the point that a reader sees. @default 0 */
  readonly digits?: number;
  /** Unit of the numbers that a reader sees, e.g. 1e6; the CSV file has them whole. @default 1 */
  readonly unit?: number;
}

/** A table of results, to be written as Markdown, as CSV, and as text for a terminal. */
export interface Table<Key extends string = string> {
  /** Columns; those of text come first. */
  readonly columns: readonly TableColumn<Key>[];
  /** Number of columns that name a row. @default those of text */
  readonly names?: number;
  readonly rows: readonly Readonly<Record<Key, TableCell>>[];
}

/** Renders a table as Markdown. */
export function renderMarkdown<Key extends string>(table: Table<Key>): string {
  const { columns } = table;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = columns.map(({ kind }) => (kind === 'text' ? '---' : '---:'));
  const cells = cellsOf(table).map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  return `${[columns.map(({ title }) => title), rule, ...cells].map(line).join('\n')}\n`;
}

/** Renders a table for a terminal. @param columns its width. @default infinite */
export function renderText<Key extends string>(table: Table<Key>, columns = Infinity): string {
  const left = table.columns.filter(({ kind }) => kind === 'text').length;
  return textTable([table.columns.map(({ title }) => title), ...cellsOf(table)], left, {
    columns,
    names: table.names ?? left,
  });
}

/** Renders the cells of a table as a reader sees them, row by row. */
export function cellsOf<Key extends string>({ columns, rows }: Table<Key>): string[][] {
  return rows.map((row) => columns.map((column) => shown(row[column.key], column)));
}

/**
 * Renders a table as CSV. A spread becomes two columns: the mean, and the standard deviation, whose name ends in `_sd`. An
 * interval becomes four: the mean, and both ends and the number of values, whose names end in `_low`, `_high` and `_n`.
 */
export function renderCsv<Key extends string>({ columns, rows }: Table<Key>): string {
  const head = columns.flatMap(({ key, kind }) => ENDINGS[kind].map((ending) => `${key}${ending}`));
  const lines = rows.map((row) => columns.flatMap(({ key, kind }) => csvFields(row[key], kind)));
  return [head, ...lines].map((fields) => `${fields.join(',')}\n`).join('');
}

/** What the names of the CSV columns of a kind end in. */
const ENDINGS = {
  text: [''],
  number: [''],
  spread: ['', '_sd'],
  interval: ['', '_low', '_high', '_n'],
} as const satisfies Record<TableColumn<string>['kind'], readonly string[]>;

function csvFields(cell: TableCell, kind: TableColumn<string>['kind']): string[] {
  if (cell === null || typeof cell !== 'object') return [field(cell), ...ENDINGS[kind].slice(1).map(() => '')];
  if ('sd' in cell) return [field(cell.mean), field(cell.sd)];
  return [field(cell.mean), field(cell.low), field(cell.high), field(cell.count)];
}

function shown(cell: TableCell, { digits = 0, unit = 1 }: TableColumn<string>): string {
  const round = (value: number): string => (value / unit).toFixed(digits);
  if (cell === null) return '';
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return round(cell);
  if ('sd' in cell) return round(cell.mean) + (cell.sd === null ? '' : ` ± ${round(cell.sd)}`);
  const signed = (value: number): string => `${value < 0 ? '' : '+'}${round(value)}`;
  const ends = cell.low === null || cell.high === null ? '' : ` [${signed(cell.low)}, ${signed(cell.high)}]`;
  return `${signed(cell.mean)}${ends} n=${cell.count}`;
}

function field(value: string | number | null): string {
  if (value === null) return '';
  // Six digits: more than any figure has, and free of the last bits that binary fractions leave.
  if (typeof value === 'number') return String(Number(value.toFixed(6)));
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
