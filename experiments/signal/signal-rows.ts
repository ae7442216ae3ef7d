import { bootstrapInterval, type Interval } from '../../src/math/bootstrap-interval.ts';
import { Random } from '../../src/math/random.ts';
import { partialRankCorrelation, rankCorrelation } from '../../src/math/rank-correlation.ts';
import { mean } from '../../src/math/statistics.ts';
import type { CellRun } from './cell-run.ts';
import type { SignalPlan } from './signal-plan.ts';
import type { SupernetRun } from './supernet-run.ts';
import { VIEWS, type View } from './supernet-view.ts';

/** A random cell, and how well it does once it is trained from scratch. */
export interface TrainedCell {
  /** Place among the cells drawn. */
  readonly index: number;
  readonly cellSeed: number;
  readonly cell: string;
  readonly parameters: number;
  readonly macs: number;
  /** Accuracy on the test set after each retraining, and their mean, as shares of pictures. */
  readonly accuracies: readonly number[];
  readonly accuracy: number;
}

/** Rank correlation of a predictor with the retrained accuracy, over the random cells. */
export interface SignalRow {
  /** Variant of the search that trained the supernets, or the name of another predictor. */
  readonly predictor: string;
  /** Age of the supernets in epochs, and the way they were asked; null for other predictors. */
  readonly age: number | null;
  readonly view: View | null;
  /** Supernets over whose correlations the mean is taken; null for other predictors. */
  readonly supernets: number | null;
  readonly cells: number;
  /** Spearman's rho; null if it is not defined. */
  readonly rho: number | null;
  /** Its 95% interval by resampling the cells. */
  readonly interval: Interval | null;
  /** The same with the number of parameters held fixed. */
  readonly besideSize: number | null;
}

/** Collects the cells whose retrainings are done, in the order in which they were drawn. A diverged one leaves its cell out. */
export function trainedCells({ retrainingSeeds }: SignalPlan, runs: readonly CellRun[]): TrainedCell[] {
  const byCell = Map.groupBy(
    runs.toSorted((a, b) => a.index - b.index || a.seed - b.seed),
    ({ index }) => index,
  );
  return [...byCell.values()].flatMap((own) => {
    const retrained = own.flatMap((run) => (run.retrained === null ? [] : [run.retrained]));
    const [first] = own as [CellRun];
    const [size] = retrained;
    if (size === undefined || retrained.length < retrainingSeeds.length) return [];
    const { index, cellSeed, cell } = first;
    const accuracies = retrained.map(({ accuracy }) => accuracy);
    const { parameters, macs } = size;
    return [{ index, cellSeed, cell, parameters, macs, accuracies, accuracy: mean(accuracies) }];
  });
}

/**
 * Makes a row for each variant, age and view whose supernets are done, and rows for other predictors: the number of
 * parameters, and if every cell has two retrainings, one of them as a predictor of the other: it tells how much of the
 * order is noise.
 */
export function signalRows(
  plan: SignalPlan,
  cells: readonly TrainedCell[],
  supernets: readonly SupernetRun[],
): SignalRow[] {
  if (cells.length === 0) return [];
  const row = (of: Pick<SignalRow, 'predictor' | 'age' | 'view' | 'supernets'>, scores: number[][]): SignalRow => {
    const random = Random.fromSeed(plan.firstSeed, 'resamples', of.predictor, of.age ?? 0, of.view ?? '');
    return { ...of, cells: cells.length, ...correlate(scores, cells, random) };
  };
  const other = { age: null, view: null, supernets: null };
  const size = row({ predictor: 'parameters', ...other }, [cells.map(({ parameters }) => parameters)]);
  const again =
    plan.retrainingSeeds.length < 2
      ? []
      : [repeatRow(cells, Random.fromSeed(plan.firstSeed, 'resamples', 'retraining'))];
  const seen = plan.variants.flatMap(({ name }) =>
    plan.ages.flatMap((age) => {
      const aged = supernets
        .filter((supernet) => supernet.variant === name)
        .flatMap(({ ages }) => ages.filter((one) => one.age === age));
      if (aged.length === 0) return [];
      return VIEWS.map((view) => {
        // A loss that is not finite is worse than any other.
        const scores = aged.map(({ losses }) => cells.map(({ index }) => -(losses[view][index] ?? Infinity)));
        return row({ predictor: name, age, view, supernets: aged.length }, scores);
      });
    }),
  );
  return [{ ...size, besideSize: null }, ...again, ...seen];
}

/** Correlates the scores of each supernet with the accuracies, and takes the mean over the supernets. */
function correlate(
  scores: readonly (readonly number[])[],
  cells: readonly TrainedCell[],
  random: Random,
): Pick<SignalRow, 'rho' | 'interval' | 'besideSize'> {
  const accuracies = cells.map(({ accuracy }) => accuracy);
  const parameters = cells.map((cell) => cell.parameters);
  const rhoOf = (resample: Uint32Array): number | null => {
    return meanOfAll(scores.map((own) => rankCorrelation(pick(own, resample), pick(accuracies, resample))));
  };
  return {
    rho: meanOfAll(scores.map((own) => rankCorrelation(own, accuracies))),
    interval: bootstrapInterval(cells.length, rhoOf, random),
    besideSize: meanOfAll(scores.map((own) => partialRankCorrelation(own, accuracies, parameters))),
  };
}

/** Correlates the first retraining with the second. */
function repeatRow(cells: readonly TrainedCell[], random: Random): SignalRow {
  const [first, second] = [0, 1].map((i) => cells.map(({ accuracies }) => accuracies[i] as number)) as [
    number[],
    number[],
  ];
  const parameters = cells.map((cell) => cell.parameters);
  return {
    predictor: 'another retraining',
    age: null,
    view: null,
    supernets: null,
    cells: cells.length,
    rho: rankCorrelation(first, second),
    interval: bootstrapInterval(
      cells.length,
      (resample) => rankCorrelation(pick(first, resample), pick(second, resample)),
      random,
    ),
    besideSize: partialRankCorrelation(first, second, parameters),
  };
}

/** Mean of the values; null if one of them is null. */
function meanOfAll(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? null : mean(known);
}

function pick(values: readonly number[], indices: Uint32Array): number[] {
  return Array.from(indices, (i) => values[i] as number);
}
