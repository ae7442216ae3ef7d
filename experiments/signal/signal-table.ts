import type { Table, TableColumn } from '../comparison/render-table.ts';
import type { SignalRow } from './signal-rows.ts';
import { VIEW_TITLES } from './supernet-view.ts';

type Key = 'predictor' | 'view' | 'age' | 'supernets' | 'cells' | 'rho' | 'low' | 'high' | 'besideSize';

const COLUMNS: readonly TableColumn<Key>[] = [
  { key: 'predictor', title: 'predictor', kind: 'text' },
  { key: 'view', title: 'asked with', kind: 'text' },
  { key: 'age', title: 'age, epochs', kind: 'number' },
  { key: 'supernets', title: 'supernets', kind: 'number' },
  { key: 'cells', title: 'cells', kind: 'number' },
  { key: 'rho', title: 'rho', kind: 'number', digits: 2 },
  { key: 'low', title: '95% from', kind: 'number', digits: 2 },
  { key: 'high', title: 'to', kind: 'number', digits: 2 },
  { key: 'besideSize', title: 'rho, size fixed', kind: 'number', digits: 2 },
];

/** Lays out the rank correlations. */
export function signalTable(rows: readonly SignalRow[]): Table<Key> {
  return {
    columns: COLUMNS,
    rows: rows.map(({ predictor, view, age, supernets, cells, rho, interval, besideSize }) => ({
      predictor,
      view: view === null ? '' : VIEW_TITLES[view],
      age,
      supernets,
      cells,
      rho,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      besideSize,
    })),
  };
}
