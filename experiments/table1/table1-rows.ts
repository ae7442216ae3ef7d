import { type MeanSpread, meanSpreadOf } from '../tables/mean-spread.ts';
import type { Table1Cell, Table1Plan } from './table1-plan.ts';
import type { Table1Run } from './table1-run.ts';

/** A row of Table 1: a method at a search length, over the seeds that are done. Accuracies in percent. */
export interface Table1Row extends Table1Cell {
  /** Seeds that are to be run, and those that are done. */
  readonly seeds: number;
  readonly done: number;
  /** Of those done: what was found passes activations; it does not; a number was no longer finite. */
  readonly valid: number;
  readonly invalid: number;
  readonly diverged: number;
  /** Of the supernet, over all searches that ended: on the half for w, on the half for alpha, on the test set. */
  readonly search: Readonly<Record<'train' | 'validation' | 'test', MeanSpread | null>>;
  /** On the test set, over those that were retrained. */
  readonly retrained: MeanSpread | null;
}

/** One row a cell of the plan, in its order. */
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
