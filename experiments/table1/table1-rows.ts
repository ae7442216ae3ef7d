import { median } from '../../src/math/statistics.ts';
import { readGenotype } from '../../src/space/genotype-text.ts';
import {
  compareRuns,
  compareWithReferences,
  type ReferenceDifference,
  type SeedDifference,
  type SeedValue,
  spreadOfTrainings,
  type TrainingSpread,
} from '../comparison/differences.ts';
import { fitReferences, type ReferenceLine } from '../comparison/reference-curve.ts';
import { type MeanSpread, meanSpreadOf } from '../comparison/spread.ts';
import { describeCells, hasDegenerateCell } from '../many-runs/cell-facts.ts';
import type { RunEnd } from '../many-runs/search-and-retrain.ts';
import { RANDOM, randomOptionsOf, type Table1Plan } from './table1-plan.ts';
import type { Table1Run } from './table1-run.ts';

/** Variant that the others are compared with at the same length. */
export const BASELINE = 'fair-darts';

/** A row of Table 1: a variant at a search length, or the random cells. Accuracies in percent, differences in points. */
export interface Table1Row {
  readonly variant: string;
  /** Method of the searches. */
  readonly method: string;
  /** Length of the searches; null for random cells. */
  readonly epochs: number | null;
  /** Number of runs that are planned, and of those that are done; random cells of other experiments count as both. */
  readonly planned: number;
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
  /** Median over the normal cells, valid or not: operations, and intermediate nodes that the cell uses. */
  readonly operations: number | null;
  readonly usedNodes: number | null;
  /** Over the cells that were retrained: parameters, and accuracy on the test set. */
  readonly parameters: MeanSpread | null;
  readonly retrained: MeanSpread | null;
  /** Accuracy less that of random cells of the same size; null for random cells, and if there are too few of those. */
  readonly toRandom: ReferenceDifference | null;
  /** Accuracy less that of the baseline at the same length; null for random cells, the baseline, and without it. */
  readonly toBaseline: SeedDifference | null;
}

/** What a row counts of a run. */
type RowRun = Pick<RunEnd, 'outcome' | 'search' | 'cells'> & {
  readonly seed: number;
  readonly retrained: Pick<NonNullable<RunEnd['retrained']>, 'accuracy' | 'parameters'> | null;
};

/** Makes one row for each variant and length of the plan, in its order, and the last for random cells. */
export function rowsOf(plan: Table1Plan, runs: readonly Table1Run[]): Table1Row[] {
  const line = lineOf(plan, runs);
  const searched = plan.variants.flatMap(({ name, search, lengths }) =>
    lengths.map((epochs): Table1Row => {
      const own = runsOf(runs, name, epochs);
      const others = runsOf(runs, BASELINE, epochs);
      return {
        variant: name,
        method: String(search.method),
        epochs,
        planned: plan.seeds.length,
        ...countRuns(own),
        toRandom: line === null ? null : compareWithReferences(cellsOf(own), line),
        toBaseline: name === BASELINE ? null : compareRuns(accuraciesOf(own), accuraciesOf(others)),
      };
    }),
  );
  const random = [...runsOf(runs, RANDOM, null), ...referenceRuns(plan)];
  const planned = plan.randomSeeds.length + (plan.references?.cells.length ?? 0);
  if (planned === 0) return searched;
  const own = { variant: RANDOM, method: RANDOM, epochs: null, planned, toRandom: null, toBaseline: null };
  return [...searched, { ...own, ...countRuns(random) }];
}

/** Fits the line through the random cells that are done; null if they are too few. */
export function lineOf(plan: Table1Plan, runs: readonly Table1Run[]): ReferenceLine | null {
  return fitReferences(cellsOf([...runsOf(runs, RANDOM, null), ...referenceRuns(plan)]));
}

/** Tells how far trainings of the same cell differ, in points; null if no cell was retrained more than once. */
export function retrainingSpreadOf(runs: readonly Table1Run[]): TrainingSpread | null {
  return spreadOfTrainings(runs.map(({ retrained }) => retrained?.trainings.map(percentOf) ?? []));
}

function runsOf(runs: readonly Table1Run[], variant: string, epochs: number | null): Table1Run[] {
  return runs.filter((run) => run.variant === variant && run.epochs === epochs);
}

/** Random cells of other experiments, as runs. */
function referenceRuns(plan: Table1Plan): RowRun[] {
  const { nodes } = randomOptionsOf(plan);
  return (plan.references?.cells ?? []).map(({ cell, accuracy, parameters }, seed) => {
    const cells = describeCells(readGenotype(cell), nodes);
    return { outcome: 'retrained', seed, search: null, cells, retrained: { accuracy, parameters } };
  });
}

type Counts = Omit<Table1Row, 'variant' | 'method' | 'epochs' | 'planned' | 'toRandom' | 'toBaseline'>;

function countRuns(runs: readonly RowRun[]): Counts {
  const searched = runs.flatMap(({ search }) => search ?? []);
  const derived = runs.flatMap(({ cells }) => cells ?? []);
  const valid = runs.filter(({ outcome, cells }) => outcome !== 'invalid' && cells !== null);
  const trained = cellsOf(runs);
  const percent = (values: readonly number[]): MeanSpread | null => meanSpreadOf(values, 100);
  const middle = (values: readonly number[]): number | null => (values.length === 0 ? null : median(values));
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
    operations: middle(derived.map(({ normal }) => normal.operations)),
    usedNodes: middle(derived.map(({ normal }) => normal.usedNodes)),
    parameters: meanSpreadOf(trained.map(({ parameters }) => parameters)),
    retrained: meanSpreadOf(trained.map(({ accuracy }) => accuracy)),
  };
}

/** Cells that were retrained; accuracies in percent. */
function cellsOf(runs: readonly RowRun[]): { readonly parameters: number; readonly accuracy: number }[] {
  return runs.flatMap(({ retrained }) =>
    retrained === null ? [] : [{ parameters: retrained.parameters, accuracy: percentOf(retrained) }],
  );
}

function accuraciesOf(runs: readonly RowRun[]): SeedValue[] {
  return runs.flatMap(({ seed, retrained }) => (retrained === null ? [] : [{ seed, value: percentOf(retrained) }]));
}

function percentOf({ accuracy }: { readonly accuracy: number }): number {
  return 100 * accuracy;
}
