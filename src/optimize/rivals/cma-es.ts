import { Random, type RandomState } from '../../math/random.ts';
import { sayValue } from '../../math/say-value.ts';
import { checkInterval, checkOneOf, checkProgress, checkSettings, copyStart, isNumber } from '../checks.ts';
import type { Optimizer, Point, PointEvaluation } from '../optimizer.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';
import { MAX_CONDITION, SearchDistribution, type SearchDistributionState, TOLERANCE_X } from './search-distribution.ts';

/** Difference of losses below which a run ends (TolFun), as a share of that in the run's first generation. */
const TOLERANCE_SPREAD = 1e-18;
/** The same, as a share of the best loss. */
const TOLERANCE_LOSS = 1e-12;
/** Largest standard deviation, in widths of the domain or first sigmas, whichever is larger. */
const REACH = 1e4;

export interface CmaEsOptions {
  /** `[coordinates]` initial mean; copied */
  readonly start: ArrayLike<number>;
  /** `[lo, hi]` domain of every coordinate, where restarts begin. @default [-5, 5] */
  readonly domain?: readonly [number, number];
  /** Whether points leave the domain (`free`), or are mirrored at its ends (`mirrored`). @default 'free' */
  readonly outside?: 'free' | 'mirrored';
  /** Initial standard deviation of every coordinate. @default 0.3 (hi - lo) */
  readonly sigma?: number;
  /** lambda: number of points in a step, before any restart. @default 4 + floor(3 ln coordinates) */
  readonly population?: number;
  /** `ipop` restarts a run that has ended, from another point and with twice the population. @default 'ipop' */
  readonly restarts?: 'ipop' | 'none';
}

const NAMES: OptionNames<CmaEsOptions> = {
  start: true,
  domain: true,
  outside: true,
  sigma: true,
  population: true,
  restarts: true,
};

type Settings = Required<Omit<CmaEsOptions, 'start'>>;

/** The whole state: plain data with typed arrays. */
export interface CmaEsState {
  readonly settings: Settings;
  readonly random: RandomState;
  /** Number of restarts so far; each doubled the population. */
  readonly restarts: number;
  readonly distribution: SearchDistributionState;
  /** `[generations]` best loss of the run's last generations; generation g is at index g modulo the length */
  readonly history: Float64Array;
  /** Difference of the finite losses in the run's first generation that has any; 0 before it. */
  readonly firstSpread: number;
  /** `[coordinates]` start of the next run; null before the first points of a run, and without restarts */
  readonly nextStart: Float64Array | null;
  /** Whether a step is pending. */
  readonly asked: boolean;
}

/**
 * CMA-ES, the covariance matrix adaptation evolution strategy (Hansen 2016, "The CMA Evolution Strategy: A Tutorial",
 * arXiv:1604.00772), with full covariance, negative weights, cumulative step-size control and the tutorial's constants.
 * It uses the order of the losses only, except in one criterion to restart (TolFun).
 *
 * Restarts follow Auger and Hansen (2005), "A restart CMA evolution strategy with increasing population size" (IPOP).
 * The next run begins at a point drawn uniformly from the domain, with the first sigma and twice the population. A run
 * ends by one of their criteria, or when a standard deviation reaches 1e4 times the larger of domain and first sigma:
 *
 * - flat history: the best losses of the last 10 + 30 n / lambda generations are equal;
 * - TolFun: these and all losses of the last generation differ by less than 1e-12 of the best, or 1e-18 of the differences
 *   in the run's first generation; so the scale of the loss does not matter;
 * - TolX, NoEffectAxis, NoEffectCoord, ConditionCov.
 *
 * `position` is then the new start. On a flat loss runs are short and the population grows as fast as the number of
 * evaluations, so limit evaluations rather than steps.
 *
 * Losses that are not finite rank last, in the order of `ask`. After a generation without a finite loss the mean stays
 * and sigma is halved, until the flat history restarts the run.
 *
 *     const optimizer = new CmaEs({ start: new Float64Array(10) }, Random.fromSeed(0));
 *     for (let step = 0; step < 300; step++) {
 *       const points = optimizer.ask(step / 300);
 *       optimizer.tell(points.map(({ position }) => ({ loss: evaluate(position) })));
 *     }
 *
 * A point outside the domain is not cut off at its edge (`mirrored` folds it back): beyond an edge the loss would be flat, and
 * in 20 coordinates or more the distribution drifts there.
 */
export class CmaEs implements Optimizer {
  readonly #settings: Settings;
  #random: Random;
  #restarts = 0;
  #run: Run;
  #nextStart: Float64Array | null = null;
  #asked = false;

  /**
   * @param random source of all random numbers; no other code may draw from it
   * @throws RangeError if an option breaks its rule
   */
  constructor(options: CmaEsOptions, random: Random) {
    checkOptionNames('cmaEs', options, NAMES);
    this.#settings = resolveSettings(options);
    this.#random = random;
    this.#run = this.#begin(copyStart(options.start));
  }

  get position(): Float64Array {
    const { mean } = this.#run.distribution.state;
    if (this.#settings.outside === 'free') return mean;
    mirrorInto(this.#settings.domain, mean, this.#run.mirroredMean);
    return this.#run.mirroredMean;
  }

  /** lambda: current number of points in a step. */
  get population(): number {
    return this.#settings.population * 2 ** this.#restarts;
  }

  /** Number of restarts so far. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Returns the points of the next step; they do not depend on the progress. */
  ask(progress: number): readonly Point[] {
    checkProgress(progress);
    if (this.#asked) return this.#run.points;
    // Drawn with the run's first points, because `tell` restarts but must not draw.
    if (this.#settings.restarts === 'ipop') this.#nextStart ??= this.#drawStart();
    this.#run.distribution.sample(this.#random);
    this.#placePoints();
    this.#asked = true;
    return this.#run.points;
  }

  tell(evaluations: readonly PointEvaluation[]): void {
    if (!this.#asked) throw new Error('tell needs a pending step: call ask first');
    if (evaluations.length !== this.population) {
      throw new Error(`tell needs ${this.population} evaluations, one for each point, got ${evaluations.length}`);
    }
    this.#asked = false;
    const { distribution, history, losses, ranking } = this.#run;
    for (let i = 0; i < losses.length; i++) {
      const { loss } = evaluations[i] as PointEvaluation;
      losses[i] = Number.isFinite(loss) ? loss : Infinity;
      ranking[i] = i;
    }
    // Equal losses keep the order of `ask`. So do infinite ones: their difference is NaN, which counts as equal.
    ranking.sort((a, b) => (losses[a] as number) - (losses[b] as number));
    const best = losses[ranking[0]!] as number;
    history[distribution.state.generation % history.length] = best;
    if (this.#run.firstSpread === 0) this.#run.firstSpread = spreadOf(losses);
    if (best === Infinity) {
      distribution.shrink();
    } else {
      distribution.update(ranking);
      // The tutorial's test for a flat loss.
      if (best === losses[ranking[Math.ceil(0.7 * losses.length) - 1]!]) distribution.widen();
    }
    if (this.#nextStart !== null && (isFlat(this.#run) || isExhausted(distribution))) {
      this.#restarts++;
      this.#run = this.#begin(this.#nextStart);
      this.#nextStart = null;
    }
  }

  save(): CmaEsState {
    return {
      settings: structuredClone(this.#settings),
      random: this.#random.save(),
      restarts: this.#restarts,
      distribution: this.#run.distribution.save(),
      history: this.#run.history.slice(),
      firstSpread: this.#run.firstSpread,
      nextStart: this.#nextStart?.slice() ?? null,
      asked: this.#asked,
    };
  }

  restore(state: object): void {
    const { settings, random, restarts, distribution, history, firstSpread, nextStart, asked } = state as CmaEsState;
    const size = this.#run.mirroredMean.length;
    if (distribution.mean.length !== size) {
      throw new RangeError(`the saved mean must have ${size} coordinates, got ${distribution.mean.length}`);
    }
    checkSettings(settings, this.#settings);
    this.#restarts = restarts;
    this.#run = this.#begin(distribution.mean);
    this.#run.distribution.restore(distribution);
    this.#placePoints();
    this.#run.history.set(history);
    this.#run.firstSpread = firstSpread;
    this.#random = Random.restore(random);
    this.#nextStart = nextStart?.slice() ?? null;
    this.#asked = asked;
  }

  /** Begins a run at a mean, with the current population. */
  #begin(mean: Float64Array): Run {
    const { domain, outside, sigma } = this.#settings;
    const population = this.population;
    const reach = REACH * Math.max(domain[1] - domain[0], sigma);
    const distribution = new SearchDistribution({ mean, sigma, reach, population });
    return {
      distribution,
      points: distribution.points.map((position) => ({
        position: outside === 'free' ? position : position.slice(),
        gradient: false,
        perExample: false,
        kind: 'sample',
      })),
      history: new Float64Array(10 + Math.ceil((30 * mean.length) / population)),
      losses: new Float64Array(population),
      firstSpread: 0,
      mirroredMean: mean.slice(),
      ranking: new Uint32Array(population),
    };
  }

  /** Places the points that the distribution drew inside the domain, if they are to be mirrored. */
  #placePoints(): void {
    const { distribution, points } = this.#run;
    if (this.#settings.outside === 'free') return;
    points.forEach(({ position }, k) => {
      mirrorInto(this.#settings.domain, distribution.points[k] as Float64Array, position);
    });
  }

  #drawStart(): Float64Array {
    const [low, high] = this.#settings.domain;
    return new Float64Array(this.#run.mirroredMean.length).map(() => low + this.#random.uniform() * (high - low));
  }
}

/** A run, from one start to the next. */
interface Run {
  readonly distribution: SearchDistribution;
  readonly points: readonly Point[];
  /** `[coordinates]` the mean inside the domain, if points are mirrored */
  readonly mirroredMean: Float64Array;
  readonly history: Float64Array;
  /** `[population]` losses of the last generation; Infinity if not finite */
  readonly losses: Float64Array;
  /** Difference of the finite losses in the first generation that has any; 0 before it. */
  firstSpread: number;
  /** `[population]` indices of the points, the best first */
  readonly ranking: Uint32Array;
}

/** Folds every coordinate back into a domain, as often as it leaves it. */
function mirrorInto([low, high]: readonly [number, number], position: Float64Array, target: Float64Array): void {
  const width = high - low;
  for (let i = 0; i < position.length; i++) {
    const x = position[i] as number;
    if (x >= low && x <= high) {
      target[i] = x;
      continue;
    }
    const past = Math.abs((x - low) % (2 * width)); // even around the lower end, with a period of two widths
    target[i] = Math.max(low, Math.min(high, low + (past <= width ? past : 2 * width - past)));
  }
}

/** Difference of the largest and the smallest finite loss; 0 if there are none. */
function spreadOf(losses: Float64Array): number {
  let [smallest, largest] = [Infinity, -Infinity];
  for (const loss of losses) {
    if (loss === Infinity) continue;
    if (loss < smallest) smallest = loss;
    if (loss > largest) largest = loss;
  }
  return Math.max(0, largest - smallest);
}

/** Whether a run ends by flat history or TolFun. */
function isFlat({ distribution, history, losses, ranking, firstSpread }: Run): boolean {
  if (distribution.state.generation < history.length) return false;
  const smallest = Math.min(...history);
  const largest = Math.max(...history);
  const worst = losses[ranking[ranking.length - 1]!] as number;
  const tolerance = Math.max(TOLERANCE_LOSS * Math.abs(smallest), TOLERANCE_SPREAD * firstSpread);
  return smallest === largest || Math.max(largest, worst) - smallest < tolerance;
}

/** Whether a run ends by its distribution alone: TolX, NoEffectAxis, NoEffectCoord, ConditionCov, or its reach. */
function isExhausted({ state, firstSigma, reach }: SearchDistribution): boolean {
  const { generation, sigma, mean, covariance, covariancePath, axes, axisLengths, condition } = state;
  const n = mean.length;
  if (condition > MAX_CONDITION || sigma * Math.max(...axisLengths) >= reach) return true;
  const deviations = mean.map((_, i) => sigma * Math.sqrt(covariance[i * n + i] as number));
  const tolerance = TOLERANCE_X * firstSigma;
  const isTiny = covariancePath.every(
    (p, i) => Math.abs(sigma * p) < tolerance && (deviations[i] as number) < tolerance,
  );
  if (isTiny) return true;
  const axis = generation % n;
  const length = 0.1 * sigma * (axisLengths[axis] as number);
  if (mean.every((m, i) => m + length * (axes[i * n + axis] as number) === m)) return true;
  return mean.some((m, i) => m + 0.2 * (deviations[i] as number) === m);
}

function resolveSettings({
  start,
  domain = [-5, 5],
  outside = 'free',
  sigma,
  population,
  restarts = 'ipop',
}: CmaEsOptions): Settings {
  copyStart(start);
  checkInterval('domain', domain);
  const [low, high] = domain;
  const settings = {
    domain: [low, high] as const,
    outside,
    sigma: sigma ?? 0.3 * (high - low),
    population: population ?? 4 + Math.floor(3 * Math.log(start.length)),
    restarts,
  };
  if (!(isNumber(settings.sigma) && settings.sigma > 0 && settings.sigma < Infinity)) {
    throw new RangeError(`sigma must be finite and above 0, got ${sayValue(settings.sigma)}`);
  }
  if (!Number.isInteger(settings.population) || settings.population < 2) {
    throw new RangeError(`population must be an integer of at least 2, got ${sayValue(settings.population)}`);
  }
  checkOneOf('outside', outside, ['free', 'mirrored']);
  checkOneOf('restarts', restarts, ['ipop', 'none']);
  return settings;
}
