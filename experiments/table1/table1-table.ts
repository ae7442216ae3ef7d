import { INVALID, PAPER_TABLE_1, type PaperTable1Row } from '../table2/paper-figures.ts';
import type { Table, TableCell, TableColumn } from '../tables/render-table.ts';
import { nameOf } from './table1-plan.ts';
import type { Table1Row } from './table1-rows.ts';

type Key = 'method' | 'source' | 'epochs' | 'seeds' | 'valid' | 'train' | 'validation' | 'test' | 'retrained';

const COLUMNS: readonly TableColumn<Key>[] = [
  { key: 'method', title: 'method', kind: 'text' },
  { key: 'source', title: 'figures', kind: 'text' },
  { key: 'epochs', title: 'search epochs', kind: 'number' },
  { key: 'seeds', title: 'seeds', kind: 'number' },
  { key: 'valid', title: 'valid', kind: 'number' },
  { key: 'train', title: 'search: w split, %', kind: 'spread', digits: 2 },
  { key: 'validation', title: 'alpha split, %', kind: 'spread', digits: 2 },
  { key: 'test', title: 'test, %', kind: 'spread', digits: 2 },
  { key: 'retrained', title: 'retrained: test, %', kind: 'spread', digits: 2 },
];

/**
 * Table 1: our rows, and after those of each method the paper's, all by length. The paper's are of its own size, and of
 * other lengths unless the preset is the paper's.
 */
export function table1Of(rows: readonly Table1Row[]): Table<Key> {
  const methods = [...new Set(rows.map(({ method }) => method))];
  return {
    columns: COLUMNS,
    rows: methods.flatMap((method) => {
      const ours = rows.filter((row) => row.method === method);
      const papers = PAPER_TABLE_1.filter((row) => row.method === method);
      const beside = papers.filter(({ epochs }) => ours.some((row) => row.epochs === epochs));
      const apart = papers.filter((row) => !beside.includes(row));
      return [
        ...ours.flatMap((row, i) => {
          const last = ours.findLastIndex(({ epochs }) => epochs === row.epochs) === i;
          return [ourCells(row), ...beside.filter(({ epochs }) => last && epochs === row.epochs).map(paperCells)];
        }),
        ...apart.map(paperCells),
      ];
    }),
  };
}

function ourCells(row: Table1Row): Record<Key, TableCell> {
  const { epochs, done, valid, invalid, search } = row;
  // As in the paper, where there is nothing else to say.
  const retrained = row.retrained ?? (done > 0 && invalid === done ? INVALID : null);
  return { method: nameOf(row), source: 'ours', epochs, seeds: done, valid, ...search, retrained };
}

/** The text says of no seeds. */
function paperCells({ name, epochs, train, validation, test, retrained }: PaperTable1Row): Record<Key, TableCell> {
  const none = { seeds: null, valid: null };
  return { method: name, source: 'paper', epochs, ...none, train, validation, test, retrained: retrained ?? INVALID };
}
