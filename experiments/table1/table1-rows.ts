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
import { describeCells } from '../many-runs/cell-facts.ts';
import { type CountedRun, countOutcomes, type OutcomeCounts, retrainedCells } from '../many-runs/count-outcomes.ts';
import { RANDOM, randomOptionsOf, type Table1Plan } from './table1-plan.ts';
import type { Table1Run } from './table1-run.ts';

/** Variant that the others are compared with at the same length. */
export const BASELINE = 'fair-darts';

/** A row of Table 1: a variant at a search length, or the random cells. Accuracies in percent, differences in points. */
export interface Table1Row extends OutcomeCounts {
  readonly variant: string;
  /** Method of the searches. */
  readonly method: string;
  /** Length of the searches; null for random cells. */
  readonly epochs: number | null;
  /** Number of runs that are planned; random cells of other experiments count as planned and done. */
  readonly planned: number;
  /** Median over the normal cells, valid or not: operations, and intermediate nodes that the cell uses. */
  readonly operations: number | null;
  readonly usedNodes: number | null;
  /** Accuracy less that of random cells of the same size; null for random cells, and if there are too few of those. */
  readonly toRandom: ReferenceDifference | null;
  /** Accuracy less that of the baseline at the same length; null for random cells, the baseline, and without it. */
  readonly toBaseline: SeedDifference | null;
}

/** What a row counts of a run. */
type RowRun = CountedRun & { readonly seed: number };

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
        toRandom: line === null ? null : compareWithReferences(retrainedCells(own), line),
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
  return fitReferences(retrainedCells([...runsOf(runs, RANDOM, null), ...referenceRuns(plan)]));
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
  const derived = runs.flatMap(({ cells }) => cells ?? []);
  const middle = (values: readonly number[]): number | null => (values.length === 0 ? null : median(values));
  return {
    ...countOutcomes(runs),
    operations: middle(derived.map(({ normal }) => normal.operations)),
    usedNodes: middle(derived.map(({ normal }) => normal.usedNodes)),
  };
}

function accuraciesOf(runs: readonly RowRun[]): SeedValue[] {
  return runs.flatMap(({ seed, retrained }) => (retrained === null ? [] : [{ seed, value: percentOf(retrained) }]));
}

function percentOf({ accuracy }: { readonly accuracy: number }): number {
  return 100 * accuracy;
}
