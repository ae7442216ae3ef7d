import { PRIMITIVES } from './primitives.ts';
import type { CellColumns } from './spaces.ts';

/** Numbers of a cell as a table: a row for each edge, a column for each operation that any of its edges has. */
export interface CellTable {
  /** Names of the operations. */
  readonly columns: readonly string[];
  /** null where the edge lacks the operation. */
  readonly rows: readonly (readonly (number | null)[])[];
}

/**
 * Lists the operations of all edges, each once: in the edges' order if it is the same for all, else in that of `PRIMITIVES`,
 * and then the others.
 *
 * @param names of the operations of each edge, of one cell or of several
 */
export function listColumns(names: CellColumns<string>): string[] {
  const all = [...new Set(names.flat())];
  if (names.every((row) => row.length === all.length)) return all;
  const known: readonly string[] = PRIMITIVES;
  return [...known.filter((name) => all.includes(name)), ...all.filter((name) => !known.includes(name))];
}

/**
 * Puts the numbers of a cell in a table.
 *
 * @param names of the operations of each edge
 * @param values a number for each of them, edge after edge
 */
export function tabulateCell(names: CellColumns<string>, values: ArrayLike<number>): CellTable {
  const columns = listColumns(names);
  let next = 0;
  const rows = names.map((row) => {
    const byName = new Map(row.map((name) => [name, values[next++] as number]));
    return columns.map((name) => byName.get(name) ?? null);
  });
  return { columns, rows };
}
