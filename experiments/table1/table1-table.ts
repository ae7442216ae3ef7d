import { judge } from '../comparison/differences.ts';
import { INVALID, PAPER_TABLE_1, type PaperTable1Row } from '../comparison/paper-figures.ts';
import type { Table, TableCell, TableColumn } from '../comparison/render-table.ts';
import type { MeanInterval } from '../comparison/spread.ts';
import { BASELINE, type Table1Row } from './table1-rows.ts';

/** Columns that both halves of the table have. */
const SHARED = [
  { key: 'variant', title: 'variant', kind: 'text' },
  { key: 'source', title: 'figures', kind: 'text' },
  { key: 'epochs', title: 'epochs', kind: 'number' },
] as const satisfies TableColumn<string>[];

/** What the searches found, and how well their supernets do. */
const OF_SEARCH = [
  { key: 'runs', title: 'runs', kind: 'number' },
  { key: 'valid', title: 'valid', kind: 'number' },
  { key: 'degenerate', title: 'degenerate', kind: 'number' },
  { key: 'invalid', title: 'invalid', kind: 'number' },
  { key: 'operations', title: 'operations', kind: 'number', digits: 1 },
  { key: 'usedNodes', title: 'nodes', kind: 'number', digits: 1 },
  { key: 'train', title: 'w split, %', kind: 'spread', digits: 2 },
  { key: 'validation', title: 'alpha split, %', kind: 'spread', digits: 2 },
  { key: 'test', title: 'test, %', kind: 'spread', digits: 2 },
] as const satisfies TableColumn<string>[];

/** What the cells are worth once they are trained from scratch. */
const OF_RETRAINING = [
  { key: 'cells', title: 'cells', kind: 'number' },
  { key: 'parameters', title: 'weights, M', kind: 'spread', digits: 3, unit: 1e6 },
  { key: 'retrained', title: 'retrained, %', kind: 'spread', digits: 2 },
  { key: 'toRandom', title: 'to random', kind: 'interval', digits: 1 },
  { key: 'randomVerdict', title: 'verdict', kind: 'number' },
  { key: 'outside', title: 'outside', kind: 'number' },
  { key: 'toBaseline', title: `to ${BASELINE}`, kind: 'interval', digits: 1 },
  { key: 'baselineVerdict', title: 'verdict', kind: 'number' },
] as const satisfies TableColumn<string>[];

const ALL = [...SHARED, ...OF_SEARCH, ...OF_RETRAINING] as const;

type Key = (typeof ALL)[number]['key'];

/** Table 1 in two halves, which are narrow enough to be read, and whole. */
interface Table1Tables {
  readonly search: Table;
  readonly retraining: Table;
  readonly whole: Table<Key>;
}

/**
 * Lays out Table 1: our rows of each method, and after them the paper's, all by length. The paper's rows have its own
 * sizes, and other lengths unless the preset is the paper's.
 */
export function table1Of(rows: readonly Table1Row[]): Table1Tables {
  const methods = [...new Set(rows.map(({ method }) => method))];
  const cells = methods.flatMap((method) => {
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
  });
  return {
    search: { columns: [...SHARED, ...OF_SEARCH], names: SHARED.length, rows: cells },
    retraining: { columns: [...SHARED, ...OF_RETRAINING], names: SHARED.length, rows: cells },
    whole: { columns: ALL, rows: cells },
  };
}

function ourCells({ search, toRandom, toBaseline, ...row }: Table1Row): Record<Key, TableCell> {
  const { variant, epochs, done, valid, degenerate, invalid, operations, usedNodes, parameters, retrained } = row;
  return {
    variant,
    source: 'ours',
    epochs,
    runs: done,
    ...{ valid, degenerate, invalid, operations, usedNodes },
    ...search,
    cells: retrained?.count ?? 0,
    parameters,
    // In the paper's words, if there is no accuracy.
    retrained: retrained ?? (done > 0 && invalid === done ? INVALID : null),
    toRandom,
    randomVerdict: verdictOf(toRandom),
    outside: toRandom?.outside ?? null,
    toBaseline,
    baselineVerdict: verdictOf(toBaseline),
  };
}

function verdictOf(difference: MeanInterval | null): TableCell {
  return difference === null ? null : judge(difference);
}

/** The paper mentions no seeds, and gives no sizes and no other differences. */
function paperCells({ name, epochs, train, validation, test, retrained }: PaperTable1Row): Record<Key, TableCell> {
  return {
    ...EMPTY,
    ...{ variant: name, source: 'paper', epochs, train, validation, test, retrained: retrained ?? INVALID },
  };
}

const EMPTY = Object.fromEntries(ALL.map(({ key }) => [key, null])) as Record<Key, null>;
