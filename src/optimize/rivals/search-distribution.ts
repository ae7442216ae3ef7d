import { EigenvalueDecomposition, WrapperMatrix1D } from 'ml-matrix';
import type { Random } from '../../math/random.ts';

/** Largest ratio of two eigenvalues of the covariance; beyond it their square roots lose all precision. */
export const MAX_CONDITION = 1e14;
/** Share of the first sigma below which steps are too small to matter (TolX). */
export const TOLERANCE_X = 1e-12;
/** Range of step sizes: keeps them above 0, and positions finite. */
const SIGMA_RANGE = [1e-300, 1e250] as const;
/** Range of eigenvalues; outside it all are divided by the largest, and sigma is multiplied by its root. */
const EIGENVALUE_RANGE = [1e-100, 1e100] as const;

export interface SearchDistributionOptions {
  /** `[coordinates]` m; copied */
  readonly mean: Float64Array;
  /** Initial standard deviation of every coordinate. */
  readonly sigma: number;
  /** Largest standard deviation along any axis; at least 100 sigma. */
  readonly reach: number;
  /** lambda: number of points drawn in each generation. */
  readonly population: number;
}

/** The whole state except the options: plain data with typed arrays. */
export interface SearchDistributionState {
  /** Number of generations learned from. */
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
  /** `[coordinates, coordinates]` B, row-major: its columns are the eigenvectors of C at the last decomposition */
  readonly axes: Float64Array;
  /** `[coordinates]` the diagonal of D: roots of the eigenvalues */
  readonly axisLengths: Float64Array;
  /** Ratio of the largest eigenvalue to the smallest, before repair. */
  readonly condition: number;
  /** Generation of the last decomposition. */
  readonly decomposedAt: number;
  /** `[population, coordinates]` z of the points drawn last, row-major */
  readonly draws: Float64Array;
}

/**
 * The search distribution N(m, sigma^2 C) of CMA-ES. It draws points and learns from their ranking (Hansen 2016, "The
 * CMA Evolution Strategy: A Tutorial", arXiv:1604.00772v1, with the negative weights of the "active" update). Equation
 * numbers below are the tutorial's.
 *
 * A point is x = m + sigma y with y = B D z, z from N(0, I) and C = B D^2 B^T. As in the tutorial, C is decomposed once
 * in several generations; y and z use the last decomposition.
 */
export class SearchDistribution {
  /** `[population][coordinates]` points drawn last; `sample` overwrites them */
  readonly points: readonly Float64Array[];
  /** Initial standard deviation of every coordinate, within the allowed range. */
  readonly firstSigma: number;
  /** Largest standard deviation along any axis. */
  readonly reach: number;
  readonly #rates: ReturnType<typeof deriveRates>;
  /** mu: number of points that recombine. */
  readonly #parents: number;
  /** E ||N(0, I)|| */
  readonly #expectedNorm: number;
  /** Number of generations between decompositions of C. */
  readonly #decompositionLag: number;
  #state: Mutable<SearchDistributionState>;
  /** `[population, coordinates]` y of the points, row-major */
  readonly #steps: Float64Array;
  /** `[coordinates]` D z of one point */
  readonly #scaled: Float64Array;
  /** `[coordinates]` <y>: mean of the better half's steps, weighted by rank */
  readonly #meanStep: Float64Array;
  /** `[coordinates]` <z>: mean of the better half's draws, weighted by rank */
  readonly #meanDraw: Float64Array;
  /** `[population]` factor of y y^T, by rank */
  readonly #factors: Float64Array;

  constructor({ mean, sigma, reach, population }: SearchDistributionOptions) {
    const n = mean.length;
    const rates = deriveRates(n, population);
    this.points = Array.from({ length: population }, () => new Float64Array(n));
    this.#rates = rates;
    this.reach = Math.min(reach, SIGMA_RANGE[1]);
    this.firstSigma = Math.min(Math.max(sigma, SIGMA_RANGE[0]), this.reach / 100);
    this.#parents = Math.floor(population / 2);
    this.#expectedNorm = Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
    this.#decompositionLag = Math.max(1, Math.floor(1 / (10 * n * (rates.rankOneRate + rates.rankMuRate))));
    this.#state = {
      generation: 0,
      sigma: this.firstSigma,
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

  /** The current state. Read only; the other methods change it. */
  get state(): SearchDistributionState {
    return this.#state;
  }

  /** Draws the points of the next generation. */
  sample(random: Random): void {
    const { draws } = this.#state;
    for (let i = 0; i < draws.length; i++) draws[i] = random.normal(); // eq. 38
    this.#place();
  }

  /**
   * Learns from the points drawn last.
   *
   * @param ranking `[population]` indices of the points, the best first
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
    // h_sigma = 0: sigma is about to grow fast, and p_c would make C grow too.
    const settled = Math.sqrt(1 - (1 - sigmaRate) ** (2 * (state.generation + 1)));
    const stalled = length / settled >= (1.4 + 2 / (n + 1)) * this.#expectedNorm;
    const pathGain = stalled ? 0 : Math.sqrt(pathRate * (2 - pathRate) * muEff);
    for (let i = 0; i < n; i++) {
      const p = covariancePath[i] as number;
      covariancePath[i] = (1 - pathRate) * p + pathGain * (this.#meanStep[i] as number); // eq. 45
    }
    this.#adaptCovariance(ranking, stalled);
    // eq. 44; the cap of the exponent comes from Hansen's programs.
    state.sigma *= Math.exp(Math.min(1, (sigmaRate / sigmaDamping) * (length / this.#expectedNorm - 1)));
    state.generation++;
    if (state.generation - state.decomposedAt >= this.#decompositionLag) this.#decompose();
    this.#boundSigma();
  }

  /** Increases sigma on a flat loss (the tutorial's appendix on flat fitness). */
  widen(): void {
    this.#state.sigma *= Math.exp(0.2 + this.#rates.sigmaRate / this.#rates.sigmaDamping);
    this.#boundSigma();
  }

  /** Halves sigma after a generation without a finite loss. */
  shrink(): void {
    const state = this.#state;
    state.sigma = Math.min(state.sigma, Math.max(state.sigma / 2, TOLERANCE_X * this.firstSigma));
    state.generation++;
  }

  save(): SearchDistributionState {
    return structuredClone(this.#state);
  }

  /** Continues exactly from a saved state, which it copies. The options must be the same, except for the mean. */
  restore(state: SearchDistributionState): void {
    this.#state = structuredClone(state);
    this.#place();
  }

  /** Computes steps and points from the draws. */
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

  /** Computes <y> and <z>, the means of the better half, weighted by rank. */
  #recombine(ranking: Uint32Array): void {
    const { draws } = this.#state;
    const meanStep = this.#meanStep.fill(0);
    const meanDraw = this.#meanDraw.fill(0);
    const n = meanStep.length;
    for (let rank = 0; rank < this.#parents; rank++) {
      const weight = this.#rates.rankWeights[rank] as number;
      const row = (ranking[rank] as number) * n;
      for (let i = 0; i < n; i++) {
        meanStep[i]! += weight * (this.#steps[row + i] as number); // eq. 41
        meanDraw[i]! += weight * (draws[row + i] as number);
      }
    }
  }

  #adaptCovariance(ranking: Uint32Array, stalled: boolean): void {
    const { rankWeights, rankOneRate, rankMuRate, pathRate } = this.#rates;
    const { covariance, covariancePath, draws } = this.#state;
    const steps = this.#steps;
    const factors = this.#factors;
    const n = covariancePath.length;
    const lost = stalled ? rankOneRate * pathRate * (2 - pathRate) : 0; // c_1 delta(h_sigma)
    let decay = 1 + lost - rankOneRate;
    for (let rank = 0; rank < factors.length; rank++) {
      const weight = rankMuRate * (rankWeights[rank] as number);
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
   * Decomposes C into B and D. The bounds on the negative weights keep C positive definite, except for rounding. If an
   * eigenvalue is negative or too small beside the largest, all are raised by the same amount.
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
    // C and sigma share one scale, so C could grow or shrink without end while sigma compensates.
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
    state.sigma = Math.min(Math.max(state.sigma, SIGMA_RANGE[0]), this.reach / Math.max(...state.axisLengths));
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The constants of the tutorial's Table 1, for n coordinates. */
function deriveRates(n: number, population: number) {
  const middle = Math.log((population + 1) / 2);
  const raw = Float64Array.from({ length: population }, (_, i) => middle - Math.log(i + 1)); // eq. 49
  const parents = Math.floor(population / 2);
  const [better, worse] = [total(raw.subarray(0, parents)), total(raw.subarray(parents))];
  const muEff = better.sum ** 2 / better.squares;
  const muEffWorse = worse.sum ** 2 / worse.squares;
  const sigmaRate = (muEff + 2) / (n + muEff + 5); // eq. 55
  const rankOneRate = 2 / ((n + 1.3) ** 2 + muEff); // eq. 57
  const rankMuRate = Math.min(1 - rankOneRate, (2 * (muEff - 2 + 1 / muEff)) / ((n + 2) ** 2 + muEff)); // eq. 58
  const negative = Math.min(
    1 + rankOneRate / rankMuRate, // eq. 50
    1 + (2 * muEffWorse) / (muEff + 2), // eq. 51
    (1 - rankOneRate - rankMuRate) / (n * rankMuRate), // eq. 52
  );
  return {
    /** `[population]` w by rank (eq. 53): positive for the better half, with sum 1; 0 or negative for the rest */
    rankWeights: raw.map((weight) => (weight >= 0 ? weight / better.sum : (weight / -worse.sum) * negative)),
    /** Effective number of parents. */
    muEff,
    /** c_sigma: how fast the path of the step size forgets. */
    sigmaRate,
    /** d_sigma: damping of the step size (eq. 55). */
    sigmaDamping: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + sigmaRate,
    /** c_c: how fast the path of the covariance forgets (eq. 56). */
    pathRate: (4 + muEff / n) / (n + 4 + (2 * muEff) / n),
    /** c_1: learning rate of the rank-one update. */
    rankOneRate,
    /** c_mu: learning rate of the rank-mu update. */
    rankMuRate,
  };
}

function total(values: Float64Array): { sum: number; squares: number } {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return { sum, squares };
}

function identity(n: number): Float64Array {
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) matrix[i * n + i] = 1;
  return matrix;
}

/** Multiplies a row of a square row-major matrix by a vector. */
function dotRow(matrix: Float64Array, row: number, vector: Float64Array): number {
  const n = vector.length;
  let total = 0;
  for (let j = 0; j < n; j++) total += (matrix[row * n + j] as number) * (vector[j] as number);
  return total;
}

/** Squared length of `n` numbers from an offset; at least 1e-300, because it is a divisor. */
function squareOfRow(values: Float64Array, offset: number, n: number): number {
  let total = 0;
  for (let i = offset; i < offset + n; i++) total += (values[i] as number) ** 2;
  return Math.max(total, 1e-300);
}
