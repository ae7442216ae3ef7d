import { Random, type RandomState } from '../../math/random.ts';
import type { Optimizer, Point, PointEvaluation } from '../optimizer.ts';
import { deriveRates } from './cma-es-rates.ts';
import { SearchDistribution, type SearchDistributionState } from './search-distribution.ts';

/** A run whose losses differ by less has come to its end (TolFun). */
const TOLERANCE_LOSS = 1e-12;
/** Widths of the domain, or first standard deviations, that no standard deviation exceeds. */
const REACH = 1e4;

export interface CmaEsOptions {
  /** `[coordinates]` the mean to begin with; copied */
  readonly start: Float64Array;
  /** `[lo, hi]` restarts begin in it; points may leave it. @default [-5, 5] */
  readonly domain?: readonly [number, number];
  /** Standard deviation to begin with, in every coordinate. @default 0.3 (hi - lo) */
  readonly sigma?: number;
  /** lambda: points of a step, before any restart. @default 4 + floor(3 ln coordinates) */
  readonly population?: number;
  /** `ipop`: a run that has come to its end begins again elsewhere, with twice the points. @default 'ipop' */
  readonly restarts?: 'ipop' | 'none';
}

type Settings = Required<Omit<CmaEsOptions, 'start'>>;

/** Plain data with typed arrays. */
export interface CmaEsState {
  readonly settings: Settings;
  readonly random: RandomState;
  /** Restarts so far; each doubled the population. */
  readonly restarts: number;
  readonly distribution: SearchDistributionState;
  /** Best loss of each of the run's last generations, that of generation g at g modulo the length. */
  readonly history: Float64Array;
  /** `[coordinates]` where the next run begins; null before the first points of a run, and without restarts. */
  readonly nextStart: Float64Array | null;
  /** Whether the distribution's points wait for their losses. */
  readonly asked: boolean;
}

/**
 * CMA-ES, the evolution strategy with covariance matrix adaptation, by Hansen (2016), "The CMA Evolution Strategy: A
 * Tutorial", arXiv:1604.00772: full covariance, negative weights too, cumulative step-size control, the tutorial's
 * constants. Of the losses only the order counts, but for one criterion to restart (TolFun).
 *
 * Restarts are those of Auger and Hansen (2005), "A restart CMA evolution strategy with increasing population size"
 * (IPOP): where a run has come to its end, the next begins at a point drawn uniformly from the domain, with the first
 * sigma and twice the population. A run ends by their criteria (flat history and TolFun: the best losses of the last
 * 10 + 30 n / lambda generations are equal, or they and all of the last generation differ by less than 1e-12; TolX;
 * NoEffectAxis; NoEffectCoord; ConditionCov), or where a standard deviation has reached 1e4 times the larger of domain
 * and first sigma. `position` is then at once the new start. On a flat loss runs are short, and the population grows as
 * fast as the evaluations: bound those, not the steps.
 *
 * Losses that are not finite rank last, in the order asked. A generation without a finite loss teaches nothing but to
 * look nearer: the mean stays and sigma is halved, until the flat history restarts the run.
 *
 *     const optimizer = new CmaEs({ start: new Float64Array(10) }, Random.fromSeed(0));
 *     for (let step = 0; step < 300; step++) {
 *       const points = optimizer.ask(step / 300);
 *       optimizer.tell(points.map(({ position }) => ({ loss: evaluate(position) })));
 *     }
 *
 * The domain bounds no point: evaluating at its edge what lies outside is up to the caller.
 */
export class CmaEs implements Optimizer {
  readonly #settings: Settings;
  #random: Random;
  #restarts = 0;
  #run: Run;
  #nextStart: Float64Array | null = null;
  #asked = false;

  /**
   * @param random draws everything, and nothing else may draw from it
   * @throws RangeError where an option breaks its rule
   */
  constructor(options: CmaEsOptions, random: Random) {
    this.#settings = resolveSettings(options);
    this.#random = random;
    this.#run = this.#begin(options.start);
  }

  get position(): Float64Array {
    return this.#run.distribution.mean;
  }

  /** lambda: points of a step as it is now. */
  get population(): number {
    return this.#settings.population * 2 ** this.#restarts;
  }

  /** How often it began again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** The progress plays no part. */
  ask(progress: number): readonly Point[] {
    if (!(progress >= 0 && progress <= 1)) throw new RangeError(`progress must be from 0 to 1, got ${progress}`);
    if (this.#asked) return this.#run.points;
    // Drawn with the run's first points, because `tell`, which restarts, draws nothing.
    if (this.#settings.restarts === 'ipop') this.#nextStart ??= this.#drawStart();
    this.#run.distribution.sample(this.#random);
    this.#asked = true;
    return this.#run.points;
  }

  tell(evaluations: readonly PointEvaluation[]): void {
    if (!this.#asked) throw new Error('tell needs points that were asked for, and that once');
    if (evaluations.length !== this.population) {
      throw new Error(`tell needs ${this.population} evaluations, one a point, got ${evaluations.length}`);
    }
    this.#asked = false;
    const { distribution, history, losses, ranking } = this.#run;
    for (let i = 0; i < losses.length; i++) {
      const { loss } = evaluations[i] as PointEvaluation;
      losses[i] = Number.isFinite(loss) ? loss : Infinity;
      ranking[i] = i;
    }
    // Equal ones stay in the order asked, and so do infinite ones: their difference is NaN, which counts as equal.
    ranking.sort((a, b) => (losses[a] as number) - (losses[b] as number));
    const best = losses[ranking[0]!] as number;
    history[distribution.generation % history.length] = best;
    if (best === Infinity) {
      distribution.shrink();
    } else {
      distribution.update(ranking);
      // The tutorial's test of a flat loss.
      if (best === losses[ranking[Math.ceil(0.7 * losses.length) - 1]!]) distribution.widen();
    }
    if (this.#nextStart !== null && (isFlat(this.#run) || distribution.isExhausted())) {
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
      nextStart: this.#nextStart?.slice() ?? null,
      asked: this.#asked,
    };
  }

  restore(state: object): void {
    const { settings, random, restarts, distribution, history, nextStart, asked } = state as CmaEsState;
    const size = this.position.length;
    if (distribution.mean.length !== size) {
      throw new RangeError(`the saved mean must have ${size} coordinates, got ${distribution.mean.length}`);
    }
    for (const name of ['domain', 'sigma', 'population', 'restarts'] as const) {
      if (String(settings[name]) === String(this.#settings[name])) continue;
      throw new RangeError(`the saved ${name} must be ${this.#settings[name]}, got ${settings[name]}`);
    }
    this.#restarts = restarts;
    this.#run = this.#begin(distribution.mean);
    this.#run.distribution.restore(distribution);
    this.#run.history.set(history);
    this.#random = Random.restore(random);
    this.#nextStart = nextStart?.slice() ?? null;
    this.#asked = asked;
  }

  /** A run from here, with the population as it is now. */
  #begin(mean: Float64Array): Run {
    const { domain, sigma } = this.#settings;
    const population = this.population;
    const reach = REACH * Math.max(domain[1] - domain[0], sigma);
    const rates = deriveRates(mean.length, population);
    const distribution = new SearchDistribution({ mean, sigma, reach, rates });
    return {
      distribution,
      points: distribution.points.map((position) => ({ position, gradient: false, perExample: false })),
      history: new Float64Array(10 + Math.ceil((30 * mean.length) / population)),
      losses: new Float64Array(population),
      ranking: new Uint32Array(population),
    };
  }

  #drawStart(): Float64Array {
    const [low, high] = this.#settings.domain;
    return new Float64Array(this.position.length).map(() => low + this.#random.uniform() * (high - low));
  }
}

/** From one start to the next. */
interface Run {
  readonly distribution: SearchDistribution;
  readonly points: readonly Point[];
  readonly history: Float64Array;
  /** `[population]` of the last generation; Infinity stands for all that are not finite */
  readonly losses: Float64Array;
  /** `[population]` indices of the points, the best first */
  readonly ranking: Uint32Array;
}

/** Flat history and TolFun. */
function isFlat({ distribution, history, losses, ranking }: Run): boolean {
  if (distribution.generation < history.length) return false;
  const smallest = Math.min(...history);
  const largest = Math.max(...history);
  const worst = losses[ranking[ranking.length - 1]!] as number;
  return smallest === largest || Math.max(largest, worst) - smallest < TOLERANCE_LOSS;
}

function resolveSettings({ start, domain = [-5, 5], sigma, population, restarts = 'ipop' }: CmaEsOptions): Settings {
  if (start.length === 0 || !start.every(Number.isFinite)) {
    throw new RangeError(`start must have coordinates, all of them finite, got [${start}]`);
  }
  const [low, high] = domain;
  if (!(low < high && Number.isFinite(high - low))) {
    throw new RangeError(`domain must be two finite numbers, the lower first, got [${low}, ${high}]`);
  }
  const settings = {
    domain: [low, high] as const,
    sigma: sigma ?? 0.3 * (high - low),
    population: population ?? 4 + Math.floor(3 * Math.log(start.length)),
    restarts,
  };
  if (!(settings.sigma > 0 && settings.sigma < Infinity)) {
    throw new RangeError(`sigma must be finite and above 0, got ${settings.sigma}`);
  }
  if (!Number.isInteger(settings.population) || settings.population < 2) {
    throw new RangeError(`population must be an integer of at least 2, got ${settings.population}`);
  }
  if (restarts !== 'ipop' && restarts !== 'none') {
    throw new RangeError(`restarts must be ipop or none, got ${restarts}`);
  }
  return settings;
}
