import { INVALID, PAPER_TABLE_1, type PaperTable1Row } from '../comparison/paper-figures.ts';
import type { Table, TableCell, TableColumn } from '../comparison/render-table.ts';
import { type MeanSpread, meanSpreadOf } from '../comparison/spread.ts';
import { nameOf, type Table1Cell, type Table1Plan } from './table1-plan.ts';
import type { Table1Run } from './table1-run.ts';

/** A row of Table 1: a method at a search length, over the seeds that are done. Accuracies in percent. */
export interface Table1Row extends Table1Cell {
  /** Number of seeds that are planned, and of those that are done. */
  readonly seeds: number;
  readonly done: number;
  /** Number of runs done whose cells pass activations, whose cells do not, and that ended with a number that was not finite. */
  readonly valid: number;
  readonly invalid: number;
  readonly diverged: number;
  /** Accuracy of the supernet over all searches that ended: on the half for w, the half for alpha, and the test set. */
  readonly search: Readonly<Record<'train' | 'validation' | 'test', MeanSpread | null>>;
  /** Accuracy on the test set, over the runs that were retrained. */
  readonly retrained: MeanSpread | null;
}

/** Makes one row for each cell of the plan, in its order. */
export function rowsOf({ cells, seeds }: Table1Plan, runs: readonly Table1Run[]): Table1Row[] {
  return cells.map((cell) => {
    const own = runs.filter((run) => {
      return run.method === cell.method && run.acceptance === cell.acceptance && run.epochs === cell.epochs;
    });
    const searched = own.flatMap(({ search }) => (search === null ? [] : [search]));
    const percent = (values: readonly number[]): MeanSpread | null => meanSpreadOf(values, 100);
    return {
      ...cell,
      seeds: seeds.length,
      done: own.length,
      valid: own.filter(({ outcome, genotype }) => outcome !== 'invalid' && genotype !== null).length,
      invalid: own.filter(({ outcome }) => outcome === 'invalid').length,
      diverged: own.filter(({ outcome }) => outcome === 'diverged').length,
      search: {
        train: percent(searched.map(({ train }) => train)),
        validation: percent(searched.map(({ validation }) => validation)),
        test: percent(searched.map(({ test }) => test)),
      },
      retrained: percent(own.flatMap(({ retrained }) => (retrained === null ? [] : [retrained.accuracy]))),
    };
  });
}

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
 * Lays out Table 1: our rows of each method, and after them the paper's, all by length. The paper's rows have its own
 * sizes, and other lengths unless the preset is the paper's.
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
  // In the paper's words, if there is no accuracy.
  const retrained = row.retrained ?? (done > 0 && invalid === done ? INVALID : null);
  return { method: nameOf(row), source: 'ours', epochs, seeds: done, valid, ...search, retrained };
}

/** The paper mentions no seeds. */
function paperCells({ name, epochs, train, validation, test, retrained }: PaperTable1Row): Record<Key, TableCell> {
  const none = { seeds: null, valid: null };
  return { method: name, source: 'paper', epochs, ...none, train, validation, test, retrained: retrained ?? INVALID };
}
