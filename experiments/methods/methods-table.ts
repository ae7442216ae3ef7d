import { countSkips } from '../../src/search/skips.ts';
import { readGenotype } from '../../src/space/genotype-text.ts';
import { INVALID } from '../comparison/paper-figures.ts';
import type { Table, TableCell, TableColumn } from '../comparison/render-table.ts';
import { type MeanSpread, meanSpreadOf } from '../comparison/spread.ts';
import { countOutcomes, type OutcomeCounts } from '../many-runs/count-outcomes.ts';
import { hasCurvature, type MethodsPlan, type MethodsTask, RANDOM } from './methods-plan.ts';
import type { MethodsRun } from './methods-run.ts';

/** A row of the table: a method in a space, or the random cells of a space. Accuracies in percent. */
export interface MethodsRow extends OutcomeCounts, Pick<MethodsTask, 'space' | 'method'> {
  /** Number of runs that are planned. */
  readonly planned: number;
  /** Number of skip connections of the normal cells, valid or not. */
  readonly skips: MeanSpread | null;
  /** Dominant eigenvalue after the last epoch that measured it; null if no run did. */
  readonly eigenvalue: MeanSpread | null;
  /** Seconds of a search; null for random cells. */
  readonly seconds: MeanSpread | null;
}

/** Makes for each space a row of every method of the plan, and the last for its random cells, if there are to be any. */
export function methodsRows({ spaces, methods, seeds }: MethodsPlan, runs: readonly MethodsRun[]): MethodsRow[] {
  return spaces.flatMap(({ name: space, randomSeeds }) => {
    const rowOf = (method: MethodsTask['method'], planned: number): MethodsRow => {
      const own = runs.filter((run) => run.space === space && run.method === method);
      const seconds = method === RANDOM ? [] : own.map((run) => run.seconds.search);
      return {
        space,
        method,
        planned,
        ...countOutcomes(own),
        skips: meanSpreadOf(own.flatMap(skipsOf)),
        eigenvalue: meanSpreadOf(own.flatMap(({ eigenvalue }) => eigenvalue ?? [])),
        seconds: meanSpreadOf(seconds),
      };
    };
    return [
      ...methods.map(({ name }) => rowOf(name, seeds.length)),
      ...(randomSeeds.length === 0 ? [] : [rowOf(RANDOM, randomSeeds.length)]),
    ];
  });
}

function skipsOf({ genotype }: MethodsRun): number[] {
  return genotype === null ? [] : [countSkips(readGenotype(genotype).normal)];
}

const COLUMNS = [
  { key: 'space', title: 'space', kind: 'text' },
  { key: 'method', title: 'method', kind: 'text' },
  { key: 'seeds', title: 'seeds', kind: 'number' },
  { key: 'valid', title: 'valid', kind: 'number' },
  { key: 'degenerate', title: 'degenerate', kind: 'number' },
  { key: 'invalid', title: 'invalid', kind: 'number' },
  { key: 'validation', title: 'alpha split, %', kind: 'spread', digits: 2 },
  { key: 'retrained', title: 'retrained, %', kind: 'spread', digits: 2 },
  { key: 'parameters', title: 'weights, M', kind: 'spread', digits: 3, unit: 1e6 },
  { key: 'skips', title: 'skips', kind: 'spread', digits: 1 },
  { key: 'eigenvalue', title: 'eigenvalue', kind: 'spread', digits: 3 },
  { key: 'seconds', title: 'search, s', kind: 'spread' },
] as const satisfies TableColumn<string>[];

type Key = (typeof COLUMNS)[number]['key'];

/** Stands where a row has no number by its nature. */
const NONE = '-';

/** Lays out the table. */
export function methodsTable(rows: readonly MethodsRow[]): Table<Key> {
  return {
    columns: COLUMNS,
    rows: rows.map(
      ({ search, done, ...row }): Readonly<Record<Key, TableCell>> => ({
        ...row,
        seeds: done,
        validation: search.validation,
        // In the paper's words, if there is no accuracy.
        retrained: row.retrained ?? (done > 0 && row.invalid === done ? INVALID : null),
        eigenvalue: row.eigenvalue ?? (hasCurvature(row.method) ? null : NONE),
        seconds: row.seconds ?? (row.method === RANDOM ? NONE : null),
      }),
    ),
  };
}
