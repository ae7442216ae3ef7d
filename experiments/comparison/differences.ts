import { mean, standardDeviation } from '../../src/math/statistics.ts';
import { type EstimatedVariance, tInterval } from '../../src/math/t-interval.ts';
import { heightOf, type Reference, type ReferenceLine } from './reference-curve.ts';
import type { MeanInterval } from './spread.ts';

/** What an interval carries: that the mean is above 0, or below; `-` if the interval holds 0, or there is none. */
export type Verdict = 'above' | 'below' | '-';

export function judge({ low, high }: Pick<MeanInterval, 'low' | 'high'>): Verdict {
  if (low !== null && low > 0) return 'above';
  return high !== null && high < 0 ? 'below' : '-';
}

/** Value that a run with a seed led to. */
export interface SeedValue {
  readonly seed: number;
  readonly value: number;
}

/** Mean difference of two sets of runs. Its count is that of the pairs, or of the values of the smaller set. */
export interface SeedDifference extends MeanInterval {
  /** Whether runs of the same seed were compared. */
  readonly paired: boolean;
}

/**
 * Compares runs with others: by the differences of those with the same seeds if at least two have, else by the means.
 *
 * @returns null if there are none on one side
 */
export function compareRuns(own: readonly SeedValue[], others: readonly SeedValue[]): SeedDifference | null {
  const bySeed = new Map(others.map(({ seed, value }) => [seed, value]));
  const pairs = own.flatMap(({ seed, value }) => {
    const other = bySeed.get(seed);
    return other === undefined ? [] : [value - other];
  });
  if (pairs.length > 1) {
    const center = mean(pairs);
    return { mean: center, ...tInterval(center, [varianceOfMean(pairs)]), count: pairs.length, paired: true };
  }
  const [a, b] = [own, others].map((runs) => runs.map(({ value }) => value)) as [number[], number[]];
  const count = Math.min(a.length, b.length);
  if (count === 0) return null;
  const difference = mean(a) - mean(b);
  const none = { low: null, high: null };
  const interval = count === 1 ? none : tInterval(difference, [varianceOfMean(a), varianceOfMean(b)]);
  return { mean: difference, ...interval, count, paired: false };
}

/** Mean difference of cells from random ones of the same size. */
export interface ReferenceDifference extends MeanInterval {
  /** Number of cells that are smaller or larger than every random one: for them the line is only continued. */
  readonly outside: number;
}

/**
 * Compares cells with random ones of as many parameters: by the mean height of their accuracies above the line. The
 * interval counts the spread of the cells and the uncertainty of the line at their mean size, as the textbook has it:
 * sd^2 (1 / m + (x - mean x)^2 / sum (x_i - mean x)^2), with m - 2 degrees.
 *
 * @returns null if there are no cells
 */
export function compareWithReferences(
  cells: readonly Pick<Reference, 'parameters' | 'accuracy'>[],
  line: ReferenceLine,
): ReferenceDifference | null {
  if (cells.length === 0) return null;
  const x = cells.map(({ parameters }) => Math.log(parameters));
  const heights = cells.map(({ accuracy }, i) => accuracy - heightOf(line, x[i] as number));
  const difference = mean(heights);
  const spread = 1 / line.count + (mean(x) - line.meanX) ** 2 / line.squaresX;
  const ofLine = { variance: line.sd ** 2 * spread, degrees: line.count - 2 };
  const none = { low: null, high: null };
  return {
    mean: difference,
    ...(heights.length === 1 ? none : tInterval(difference, [varianceOfMean(heights), ofLine])),
    count: heights.length,
    outside: cells.filter(({ parameters }) => parameters < line.least || parameters > line.most).length,
  };
}

/** @param values at least two */
function varianceOfMean(values: readonly number[]): EstimatedVariance {
  return { variance: standardDeviation(values) ** 2 / values.length, degrees: values.length - 1 };
}

/** How far trainings of the same cell differ. */
export interface TrainingSpread {
  /** Standard deviation of the trainings of a cell about their mean, pooled over the cells. */
  readonly sd: number;
  /** Number of cells that were trained more than once. */
  readonly cells: number;
}

/**
 * @param accuracies of every training of each cell
 * @returns null if no cell was trained more than once
 */
export function spreadOfTrainings(accuracies: readonly (readonly number[])[]): TrainingSpread | null {
  const repeated = accuracies.filter(({ length }) => length > 1);
  if (repeated.length === 0) return null;
  const degrees = repeated.reduce((sum, { length }) => sum + length - 1, 0);
  const squares = repeated.reduce((sum, own) => sum + standardDeviation(own) ** 2 * (own.length - 1), 0);
  return { sd: Math.sqrt(squares / degrees), cells: repeated.length };
}
