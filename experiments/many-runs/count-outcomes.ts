import { type MeanSpread, meanSpreadOf } from '../comparison/spread.ts';
import { hasDegenerateCell } from './cell-facts.ts';
import type { RunEnd } from './search-and-retrain.ts';

/** What is counted of a run. */
export type CountedRun = Pick<RunEnd, 'outcome' | 'search' | 'cells'> & {
  readonly retrained: Pick<NonNullable<RunEnd['retrained']>, 'accuracy' | 'parameters'> | null;
};

/** How the runs of a row of a table ended. Accuracies in percent. */
export interface OutcomeCounts {
  /** Number of runs that are done. */
  readonly done: number;
  /**
   * Number of runs done whose cells both pass activations, of those among them with a degenerate cell, of those whose
   * cells do not pass any, and of those that ended with a number that was not finite.
   */
  readonly valid: number;
  readonly degenerate: number;
  readonly invalid: number;
  readonly diverged: number;
  /** Accuracy of the supernet over all searches that ended: on the half for w, the half for alpha, and the test set. */
  readonly search: Readonly<Record<'train' | 'validation' | 'test', MeanSpread | null>>;
  /** Over the cells that were retrained: parameters, and accuracy on the test set. */
  readonly parameters: MeanSpread | null;
  readonly retrained: MeanSpread | null;
}

/** Counts the outcomes of runs, and spreads what they led to. */
export function countOutcomes(runs: readonly CountedRun[]): OutcomeCounts {
  const searched = runs.flatMap(({ search }) => search ?? []);
  const valid = runs.filter(({ outcome, cells }) => outcome !== 'invalid' && cells !== null);
  const trained = retrainedCells(runs);
  const percent = (values: readonly number[]): MeanSpread | null => meanSpreadOf(values, 100);
  return {
    done: runs.length,
    valid: valid.length,
    degenerate: valid.filter(({ cells }) => cells !== null && hasDegenerateCell(cells)).length,
    invalid: runs.filter(({ outcome }) => outcome === 'invalid').length,
    diverged: runs.filter(({ outcome }) => outcome === 'diverged').length,
    search: {
      train: percent(searched.map(({ train }) => train)),
      validation: percent(searched.map(({ validation }) => validation)),
      test: percent(searched.map(({ test }) => test)),
    },
    parameters: meanSpreadOf(trained.map(({ parameters }) => parameters)),
    retrained: meanSpreadOf(trained.map(({ accuracy }) => accuracy)),
  };
}

/** Lists the cells that were retrained; accuracies in percent. */
export function retrainedCells(runs: readonly Pick<CountedRun, 'retrained'>[]): {
  readonly parameters: number;
  readonly accuracy: number;
}[] {
  return runs.flatMap(({ retrained }) =>
    retrained === null ? [] : [{ parameters: retrained.parameters, accuracy: 100 * retrained.accuracy }],
  );
}
