import type { Table, TableCell, TableColumn } from '../tables/render-table.ts';
import { INVALID } from './paper-figures.ts';
import type { Count, Table2Row } from './table2-rows.ts';

type Key = 'name' | Count | 'networks' | 'invalid' | 'accuracy' | 'training' | `paper_${PaperFigure}`;
type PaperFigure = 'parameters' | 'operations' | 'accuracy';

const millions = { kind: 'spread', unit: 1e6 } as const;

const COLUMNS: readonly TableColumn<Key>[] = [
  { key: 'name', title: 'architecture', kind: 'text' },
  { key: 'training', title: 'trained', kind: 'text' },
  { key: 'networks', title: 'networks', kind: 'number' },
  { key: 'invalid', title: 'invalid', kind: 'number' },
  { key: 'parameters', title: 'weights, M', ...millions, digits: 3 },
  { key: 'parametersWithAuxiliary', title: 'with head, M', ...millions, digits: 3 },
  { key: 'macs', title: 'multiply-adds, M', ...millions, digits: 1 },
  { key: 'publishedOperations', title: 'by rule, M', ...millions, digits: 1 },
  { key: 'publishedOperationsWithNorms', title: 'with norms, M', ...millions, digits: 1 },
  { key: 'accuracy', title: 'test, %', kind: 'spread', digits: 2 },
  { key: 'paper_parameters', title: 'paper: weights, M', kind: 'number', digits: 1 },
  { key: 'paper_operations', title: 'FLOPs, M', kind: 'number' },
  { key: 'paper_accuracy', title: 'test, %', kind: 'number', digits: 2 },
];

/** Table 2, for its files and for a terminal. */
export function table2Of(rows: readonly Table2Row[]): Table<Key> {
  return { columns: COLUMNS, rows: rows.map(cellsOf) };
}

function cellsOf({ kind, paper, ...row }: Table2Row): Record<Key, TableCell> {
  const none = kind === 'paper' ? { networks: null, invalid: null } : {};
  const accuracy = row.accuracy ?? (row.networks === 0 && row.invalid > 0 ? INVALID : null);
  return {
    ...row,
    ...none,
    accuracy,
    paper_parameters: paper?.parameters ?? null,
    paper_operations: paper?.operations ?? null,
    paper_accuracy: paper?.accuracy ?? null,
  };
}
