import { mean } from '../../math/statistics.ts';
import { checkPositiveInteger } from '../checks.ts';

/** An evaluated position; a row of a run's table is one. */
export interface EvaluatedPosition {
  readonly position: ArrayLike<number>;
  /** Loss; null or not finite: the row does not count. */
  readonly loss: number | null;
}

/** Which coordinates mattered. */
export interface Importance {
  /** `[coordinates]` share of the variance of the loss that the coordinate explains by itself, from 0 to 1 */
  readonly shares: readonly number[];
  /** Share that no coordinate explains by itself: of interactions, noise, and detail finer than a bin. */
  readonly unexplained: number;
  /** Number of evaluations with a finite loss. */
  readonly evaluations: number;
}

/** Most bins of a coordinate. */
const MOST_BINS = 20;
/** Evaluations for each bin of each coordinate. */
const EVALUATIONS_PER_BIN = 3;
/** Sweeps of backfitting, and the change of the fit, as a share of the variance, at which it ends. */
const MOST_SWEEPS = 50;
const TOLERANCE = 1e-8;

/** The binned values of a coordinate. */
interface Binned {
  /** `[evaluations]` bin of each */
  readonly bins: Uint8Array;
  /** `[bins]` share of the different values in each */
  readonly weights: Float64Array;
  /** `[bins]` number of evaluations in each */
  readonly counts: Float64Array;
  /** `[bins]` main effect */
  readonly effects: Float64Array;
}

/**
 * Estimates which coordinates mattered: the share of variance that the main effect of each explains.
 *
 * The model is additive: loss = mean + g_1(x_1) + ... + g_n(x_n) + rest, each g_i constant on bins. Half of a coordinate's
 * bins hold equal numbers of the different values that were tried, and half are equally wide, so that both a log scale and
 * values crowded around a minimum are told apart. The model is fitted by least squares, coordinate by coordinate
 * (backfitting, Hastie and Tibshirani 1990, "Generalized Additive Models"), which keeps coordinates apart that an optimizer
 * moved together. With V_i the variance of g_i over the values that were tried, less what noise adds to it,
 * and s^2 the variance of the rest,
 *
 *     share_i = V_i / (V_1 + ... + V_n + s^2)
 *
 * For uniform samples it is the first-order Sobol index (Sobol 1993), which functional ANOVA also reports for single
 * hyperparameters (Hutter, Hoos and Leyton-Brown 2014, "An efficient approach for assessing hyperparameter importance").
 * The rows of an optimizer tell of the part of the space that it visited.
 *
 * @param bins most bins of a coordinate. @default 20, or as many as have 3 evaluations each, but at least 2
 * @returns null if there are too few evaluations for two bins, or the loss never changed
 */
export function estimateImportance(rows: readonly EvaluatedPosition[], bins?: number): Importance | null {
  if (bins !== undefined) checkPositiveInteger('bins', bins);
  const finite = rows.filter(({ loss }) => loss !== null && Number.isFinite(loss));
  const count = finite.length;
  const size = finite[0]?.position.length ?? 0;
  const affordable = Math.floor(count / (EVALUATIONS_PER_BIN * Math.max(1, size)));
  if (count < 2 * (size + 1)) return null;
  const most = Math.min(256, bins ?? Math.min(MOST_BINS, Math.max(2, affordable)));
  const losses = Float64Array.from(finite, ({ loss }) => loss as number);
  const center = mean(losses);
  const rest = losses.map((loss) => loss - center);
  const variance = meanSquare(rest);
  if (!(variance > 0 && variance < Infinity)) return null;
  const coordinates = Array.from({ length: size }, (_, i) =>
    toBins(
      finite.map(({ position }) => position[i] as number),
      most,
    ),
  );
  fitEffects(coordinates, rest, TOLERANCE * variance);
  const parameters = coordinates.reduce((sum, { effects }) => sum + effects.length - 1, 1);
  const noise = (meanSquare(rest) * count) / Math.max(1, count - parameters);
  const variances = coordinates.map((binned) => varianceOf(binned, noise));
  const whole = variances.reduce((sum, one) => sum + one, noise);
  return { shares: variances.map((one) => one / whole), unexplained: noise / whole, evaluations: count };
}

/** Sorts values into bins: every second edge parts equal numbers of different values, the others equal widths. */
function toBins(values: readonly number[], most: number): Binned {
  const different = Float64Array.from(new Set(values)).sort();
  const binOf = new Map<number, number>();
  const [low, high] = [different[0] as number, different.at(-1) as number];
  const byRank = Math.ceil(most / 2);
  const byWidth = most - byRank + 1;
  let [size, last] = [0, ''];
  for (const [rank, value] of different.entries()) {
    const width = high > low ? Math.min(byWidth - 1, Math.floor((byWidth * (value - low)) / (high - low))) : 0;
    const cell = different.length <= most ? `${rank}` : `${Math.floor((byRank * rank) / different.length)} ${width}`;
    if (cell !== last) size++;
    last = cell;
    binOf.set(value, size - 1);
  }
  const weights = new Float64Array(size);
  for (const bin of binOf.values()) weights[bin]! += 1 / different.length;
  const bins = Uint8Array.from(values, (value) => binOf.get(value) as number);
  const counts = new Float64Array(size);
  for (const bin of bins) counts[bin]!++;
  return { bins, weights, counts, effects: new Float64Array(size) };
}

/** Fits the effects by least squares; `rest` becomes what they leave. */
function fitEffects(coordinates: readonly Binned[], rest: Float64Array, tolerance: number): void {
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let moved = 0;
    for (const { bins, counts, effects } of coordinates) {
      const steps = new Float64Array(effects.length);
      for (let j = 0; j < rest.length; j++) steps[bins[j] as number]! += rest[j] as number;
      for (let b = 0; b < steps.length; b++) {
        steps[b]! /= counts[b] as number;
        effects[b]! += steps[b] as number;
        moved += ((steps[b] as number) ** 2 * (counts[b] as number)) / rest.length;
      }
      for (let j = 0; j < rest.length; j++) rest[j]! -= steps[bins[j] as number] as number;
    }
    if (moved <= tolerance) return;
  }
}

/** Variance of an effect over the values that were tried, less what the noise of each bin's mean adds. */
function varianceOf({ weights, counts, effects }: Binned, noise: number): number {
  let center = 0;
  for (let b = 0; b < effects.length; b++) center += (weights[b] as number) * (effects[b] as number);
  let variance = 0;
  for (let b = 0; b < effects.length; b++) {
    const weight = weights[b] as number;
    variance +=
      weight * ((effects[b] as number) - center) ** 2 - (weight * (1 - weight) * noise) / (counts[b] as number);
  }
  return Math.max(0, variance);
}

function meanSquare(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum / values.length;
}
