import { EigenvalueDecomposition, WrapperMatrix1D } from 'ml-matrix';
import type { Random } from '../../math/random.ts';
import type { LearningRates } from './cma-es-rates.ts';

/** Largest ratio of two eigenvalues of the covariance: beyond it their square roots lose all precision. */
const MAX_CONDITION = 1e14;
/** Steps below this share of the first sigma are too small to matter (TolX). */
const TOLERANCE_X = 1e-12;
/** Step sizes stay in this range, so that none is ever 0 and positions stay finite. */
const SIGMA_RANGE = [1e-300, 1e250] as const;
/** Eigenvalues outside of this range are divided by the largest, and sigma takes its root. */
const EIGENVALUE_RANGE = [1e-100, 1e100] as const;

export interface SearchDistributionOptions {
  /** `[coordinates]` m; copied */
  readonly mean: Float64Array;
  /** Standard deviation in every coordinate to begin with. */
  readonly sigma: number;
  /** The standard deviation along no axis grows beyond this; at least 100 sigma. */
  readonly reach: number;
  readonly rates: LearningRates;
}

/** Everything but the options: plain data with typed arrays. */
export interface SearchDistributionState {
  /** Generations learned from. */
  readonly generation: number;
  readonly sigma: number;
  /** `[coordinates]` m */
  readonly mean: Float64Array;
  /** `[coordinates]` p_sigma */
  readonly sigmaPath: Float64Array;
  /** `[coordinates]` p_c */
  readonly covariancePath: Float64Array;
  /** `[coordinates, coordinates]` C, row-major */
  readonly covariance: Float64Array;
  /** `[coordinates, coordinates]` B, row-major: its columns are the eigenvectors of C as it was last decomposed */
  readonly axes: Float64Array;
  /** `[coordinates]` the diagonal of D: roots of the eigenvalues */
  readonly axisLengths: Float64Array;
  /** Largest eigenvalue over the smallest, before they were mended. */
  readonly condition: number;
  /** Generation of the last decomposition. */
  readonly decomposedAt: number;
  /** `[population, coordinates]` z of the points drawn last, row-major */
  readonly draws: Float64Array;
}

/**
 * The normal distribution N(m, sigma^2 C) that CMA-ES searches with, and how it learns from a ranking of points drawn
 * from it: Hansen (2016), "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772v1, whose equations are meant
 * below, with the negative weights of its "active" update.
 *
 * With C = B D^2 B^T decomposed, a point is x = m + sigma y, y = B D z, z of N(0, I). C is decomposed once in several
 * generations, as the tutorial has it; y and z go with the last decomposition.
 */
export class SearchDistribution {
  /** `[population][coordinates]` the points drawn last, overwritten by `sample` */
  readonly points: readonly Float64Array[];
  readonly #rates: LearningRates;
  readonly #firstSigma: number;
  readonly #reach: number;
  /** mu: how many points recombine. */
  readonly #parents: number;
  /** E ||N(0, I)|| */
  readonly #expectedNorm: number;
  /** Generations from one decomposition of C to the next. */
  readonly #decompositionLag: number;
  #state: Mutable<SearchDistributionState>;
  /** `[population, coordinates]` y of the points, row-major */
  readonly #steps: Float64Array;
  /** `[coordinates]` each: D z of one point; <y>, the weighted mean of steps; <z>, that of draws */
  readonly #scaled: Float64Array;
  readonly #meanStep: Float64Array;
  readonly #meanDraw: Float64Array;
  /** `[population]` what multiplies y y^T, by rank */
  readonly #factors: Float64Array;

  constructor({ mean, sigma, reach, rates }: SearchDistributionOptions) {
    const n = mean.length;
    const population = rates.weights.length;
    this.points = Array.from({ length: population }, () => new Float64Array(n));
    this.#rates = rates;
    this.#reach = Math.min(reach, SIGMA_RANGE[1]);
    this.#firstSigma = Math.min(Math.max(sigma, SIGMA_RANGE[0]), this.#reach / 100);
    this.#parents = Math.floor(population / 2);
    this.#expectedNorm = Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
    this.#decompositionLag = Math.max(1, Math.floor(1 / (10 * n * (rates.rankOneRate + rates.rankMuRate))));
    this.#state = {
      generation: 0,
      sigma: this.#firstSigma,
      mean: mean.slice(),
      sigmaPath: new Float64Array(n),
      covariancePath: new Float64Array(n),
      covariance: identity(n),
      axes: identity(n),
      axisLengths: new Float64Array(n).fill(1),
      condition: 1,
      decomposedAt: 0,
      draws: new Float64Array(population * n),
    };
    this.#steps = new Float64Array(population * n);
    this.#scaled = new Float64Array(n);
    this.#meanStep = new Float64Array(n);
    this.#meanDraw = new Float64Array(n);
    this.#factors = new Float64Array(population);
  }

  get mean(): Float64Array {
    return this.#state.mean;
  }

  get generation(): number {
    return this.#state.generation;
  }

  /** Draws the points of a generation. */
  sample(random: Random): void {
    const { draws } = this.#state;
    for (let i = 0; i < draws.length; i++) draws[i] = random.normal(); // eq. 38
    this.#place();
  }

  /**
   * Learns from the points drawn last.
   *
   * @param ranking `[population]` their indices, the best first
   */
  update(ranking: Uint32Array): void {
    const { sigmaRate, sigmaDamping, pathRate, muEff } = this.#rates;
    const state = this.#state;
    const { mean, axes, sigmaPath, covariancePath } = state;
    const n = mean.length;
    this.#recombine(ranking);
    for (let i = 0; i < n; i++) mean[i]! += state.sigma * (this.#meanStep[i] as number); // eq. 42, c_m = 1

    const sigmaGain = Math.sqrt(sigmaRate * (2 - sigmaRate) * muEff);
    let square = 0;
    for (let i = 0; i < n; i++) {
      const whitened = dotRow(axes, i, this.#meanDraw); // C^(-1/2) <y> = B D^-1 B^T B D <z> = B <z>
      const p = (1 - sigmaRate) * (sigmaPath[i] as number) + sigmaGain * whitened; // eq. 43
      sigmaPath[i] = p;
      square += p * p;
    }
    const length = Math.sqrt(square);
    // h_sigma = 0: sigma is about to grow by much, and p_c would make C grow with it.
    const settled = Math.sqrt(1 - (1 - sigmaRate) ** (2 * (state.generation + 1)));
    const stalled = length / settled >= (1.4 + 2 / (n + 1)) * this.#expectedNorm;
    const pathGain = stalled ? 0 : Math.sqrt(pathRate * (2 - pathRate) * muEff);
    for (let i = 0; i < n; i++) {
      const p = covariancePath[i] as number;
      covariancePath[i] = (1 - pathRate) * p + pathGain * (this.#meanStep[i] as number); // eq. 45
    }
    this.#adaptCovariance(ranking, stalled);
    // eq. 44; the cap of the exponent is that of Hansen's programs.
    state.sigma *= Math.exp(Math.min(1, (sigmaRate / sigmaDamping) * (length / this.#expectedNorm - 1)));
    state.generation++;
    if (state.generation - state.decomposedAt >= this.#decompositionLag) this.#decompose();
    this.#boundSigma();
  }

  /** Against a flat loss (the tutorial's appendix on it): sees further. */
  widen(): void {
    this.#state.sigma *= Math.exp(0.2 + this.#rates.sigmaRate / this.#rates.sigmaDamping);
    this.#boundSigma();
  }

  /** After a generation that taught nothing: looks nearer to the mean. */
  shrink(): void {
    const state = this.#state;
    state.sigma = Math.min(state.sigma, Math.max(state.sigma / 2, TOLERANCE_X * this.#firstSigma));
    state.generation++;
  }

  /**
   * Whether going on is pointless, by the criteria of Auger and Hansen (2005) that look at the distribution alone
   * (ConditionCov, TolX, NoEffectAxis, NoEffectCoord), or because it has grown to its reach.
   */
  isExhausted(): boolean {
    const { condition, sigma, axisLengths } = this.#state;
    return (
      condition > MAX_CONDITION ||
      sigma * Math.max(...axisLengths) >= this.#reach ||
      this.#isTiny() ||
      this.#hasNoEffectOnAxis() ||
      this.#hasNoEffectOnCoordinate()
    );
  }

  save(): SearchDistributionState {
    return structuredClone(this.#state);
  }

  /** Goes on exactly where the saved one was, which must have been of the same options but for the mean. */
  restore(state: SearchDistributionState): void {
    this.#state = structuredClone(state);
    this.#place();
  }

  /** Steps and points of the draws. */
  #place(): void {
    const { mean, sigma, axes, axisLengths, draws } = this.#state;
    const n = mean.length;
    const scaled = this.#scaled;
    for (let k = 0; k < this.points.length; k++) {
      const point = this.points[k] as Float64Array;
      for (let j = 0; j < n; j++) scaled[j] = (axisLengths[j] as number) * (draws[k * n + j] as number);
      for (let i = 0; i < n; i++) {
        const y = dotRow(axes, i, scaled); // eq. 39
        this.#steps[k * n + i] = y;
        point[i] = (mean[i] as number) + sigma * y; // eq. 40
      }
    }
  }

  /** <y> and <z>: means of the better half, weighted by rank. */
  #recombine(ranking: Uint32Array): void {
    const { draws } = this.#state;
    const meanStep = this.#meanStep.fill(0);
    const meanDraw = this.#meanDraw.fill(0);
    const n = meanStep.length;
    for (let rank = 0; rank < this.#parents; rank++) {
      const weight = this.#rates.weights[rank] as number;
      const row = (ranking[rank] as number) * n;
      for (let i = 0; i < n; i++) {
        meanStep[i]! += weight * (this.#steps[row + i] as number); // eq. 41
        meanDraw[i]! += weight * (draws[row + i] as number);
      }
    }
  }

  #adaptCovariance(ranking: Uint32Array, stalled: boolean): void {
    const { weights, rankOneRate, rankMuRate, pathRate } = this.#rates;
    const { covariance, covariancePath, draws } = this.#state;
    const steps = this.#steps;
    const factors = this.#factors;
    const n = covariancePath.length;
    const lost = stalled ? rankOneRate * pathRate * (2 - pathRate) : 0; // c_1 delta(h_sigma)
    let decay = 1 + lost - rankOneRate;
    for (let rank = 0; rank < factors.length; rank++) {
      const weight = rankMuRate * (weights[rank] as number);
      decay -= weight;
      const row = (ranking[rank] as number) * n;
      factors[rank] = weight < 0 ? (weight * n) / squareOfRow(draws, row, n) : weight; // eq. 46, ||C^(-1/2) y|| = ||z||
    }
    // eq. 47: the lower triangle, and its mirror image.
    for (let i = 0; i < n; i++) {
      const row = i * n;
      const gain = rankOneRate * (covariancePath[i] as number);
      for (let j = 0; j <= i; j++) {
        covariance[row + j] = decay * (covariance[row + j] as number) + gain * (covariancePath[j] as number);
      }
      for (let rank = 0; rank < factors.length; rank++) {
        const step = (ranking[rank] as number) * n;
        const factor = (factors[rank] as number) * (steps[step + i] as number);
        for (let j = 0; j <= i; j++) covariance[row + j]! += factor * (steps[step + j] as number);
      }
      for (let j = 0; j < i; j++) covariance[j * n + i] = covariance[row + j] as number;
    }
  }

  /**
   * B and D of C. The bounds on the negative weights keep C positive definite, but for rounding: where an eigenvalue
   * is below 0 or too small beside the largest, all are raised alike.
   */
  #decompose(): void {
    const state = this.#state;
    const { covariance, covariancePath, axes, axisLengths } = state;
    const n = axisLengths.length;
    const matrix = new WrapperMatrix1D(covariance, { rows: n });
    const decomposition = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
    const values = decomposition.realEigenvalues;
    const vectors = decomposition.eigenvectorMatrix;
    const smallest = Math.min(...values);
    const largest = Math.max(...values);
    const raise = Math.max(0, largest / MAX_CONDITION - smallest);
    // Without a scale of its own, C could grow or shrink for good while sigma makes up for it.
    const scale = largest > EIGENVALUE_RANGE[0] && largest < EIGENVALUE_RANGE[1] ? 1 : 1 / largest;
    for (let i = 0; i < n; i++) {
      axisLengths[i] = Math.sqrt(scale * ((values[i] as number) + raise));
      covariance[i * n + i]! += raise;
      covariancePath[i]! *= Math.sqrt(scale);
      for (let j = 0; j < n; j++) axes[i * n + j] = vectors.get(i, j);
    }
    if (scale !== 1) for (let i = 0; i < n * n; i++) covariance[i]! *= scale;
    state.sigma /= Math.sqrt(scale);
    state.condition = smallest > 0 ? largest / smallest : Infinity;
    state.decomposedAt = state.generation;
  }

  #boundSigma(): void {
    const state = this.#state;
    state.sigma = Math.min(Math.max(state.sigma, SIGMA_RANGE[0]), this.#reach / Math.max(...state.axisLengths));
  }

  /** Standard deviation in a coordinate. */
  #deviation(i: number): number {
    const { mean, sigma, covariance } = this.#state;
    return sigma * Math.sqrt(covariance[i * mean.length + i] as number);
  }

  #isTiny(): boolean {
    const { sigma, covariancePath } = this.#state;
    const tolerance = TOLERANCE_X * this.#firstSigma;
    return covariancePath.every((p, i) => Math.abs(sigma * p) < tolerance && this.#deviation(i) < tolerance);
  }

  #hasNoEffectOnAxis(): boolean {
    const { generation, sigma, mean, axes, axisLengths } = this.#state;
    const n = mean.length;
    const axis = generation % n;
    const length = 0.1 * sigma * (axisLengths[axis] as number);
    return mean.every((m, i) => m + length * (axes[i * n + axis] as number) === m);
  }

  #hasNoEffectOnCoordinate(): boolean {
    return this.#state.mean.some((m, i) => m + 0.2 * this.#deviation(i) === m);
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function identity(n: number): Float64Array {
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) matrix[i * n + i] = 1;
  return matrix;
}

/** Row of a square row-major matrix times a vector. */
function dotRow(matrix: Float64Array, row: number, vector: Float64Array): number {
  const n = vector.length;
  let total = 0;
  for (let j = 0; j < n; j++) total += (matrix[row * n + j] as number) * (vector[j] as number);
  return total;
}

/** Squared length of `n` numbers from an offset on; never 0, so that it can divide. */
function squareOfRow(values: Float64Array, offset: number, n: number): number {
  let total = 0;
  for (let i = offset; i < offset + n; i++) total += (values[i] as number) ** 2;
  return Math.max(total, 1e-300);
}
