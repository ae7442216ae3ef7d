import { Random, type RandomState } from '../../math/random.ts';
import { sayValue } from '../../math/say-value.ts';
import { checkInterval, checkNotNegative, checkPositiveInteger, checkProgress, checkSaved } from '../checks.ts';
import type { Optimizer, Point, PointEvaluation } from '../optimizer.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';
import { Lbfgs, type LbfgsState } from './lbfgs.ts';
import type { LbfgsOptions } from './lbfgs-options.ts';

export interface BasinHoppingOptions {
  /** `[coordinates]` start of the first local search; copied, and moved to the edge of the domain if outside */
  readonly start: ArrayLike<number>;
  /** `[lo, hi]` domain of every coordinate; no point leaves it. @default [-5, 5] */
  readonly domain?: readonly [number, number];
  /**
   * Temperature: the rise of the loss that is accepted with probability 1/e. Choose it like the differences between
   * neighboring minima. 0 accepts better minima only. @default 0.1% of the largest decrease of a local search so far,
   * which does not depend on the scale of the loss
   */
  readonly temperature?: number;
  /** Initial step size: the largest move of a coordinate in a hop. Grows up to hi - lo. @default 0.1 (hi - lo) */
  readonly stepSize?: number;
  /** Number of hops between adaptations of the step size. @default 50 */
  readonly interval?: number;
  /** Share of accepted hops above which the step size grows, and below which it shrinks. @default 0.5 */
  readonly targetAcceptance?: number;
  /** Factor by which the step size shrinks, and by whose inverse it grows; 1 keeps it constant. @default 0.9 */
  readonly factor?: number;
  /** Options of the local searches. @default those of L-BFGS */
  readonly local?: Omit<LbfgsOptions, 'start' | 'domain'>;
}

const NAMES: OptionNames<BasinHoppingOptions> = {
  start: true,
  domain: true,
  temperature: true,
  stepSize: true,
  interval: true,
  targetAcceptance: true,
  factor: true,
  local: true,
};

interface Settings extends Required<Omit<BasinHoppingOptions, 'start' | 'local' | 'temperature'>> {
  /** null: relative to the largest decrease. */
  readonly temperature: number | null;
}

/** Default temperature, as a share of the largest decrease of a local search. */
const TEMPERATURE_SHARE = 0.001;

/** The whole state: plain data with typed arrays. */
export interface BasinHoppingState {
  readonly settings: Settings;
  readonly random: RandomState;
  readonly position: Float64Array;
  /** Loss at the position; Infinity before the first minimum. */
  readonly loss: number;
  readonly stepSize: number;
  /** Number of hops begun. */
  readonly hops: number;
  /** Number of hops accepted since the last adaptation of the step size. */
  readonly accepted: number;
  /** Uniform number that decides on the current hop. */
  readonly chance: number;
  /** Largest decrease of a local search that has ended. */
  readonly decrease: number;
  readonly local: LbfgsState;
}

/**
 * Basin hopping (Wales and Doye 1997, "Global optimization by basin-hopping and the lowest energy structures of
 * Lennard-Jones clusters containing up to 110 atoms", J. Physical Chemistry A 101, 5111-5116): a random walk from
 * minimum to minimum. A hop moves all coordinates of the current minimum uniformly by up to the step size, and L-BFGS
 * minimizes from there. The new minimum becomes the current one with probability
 *
 *     min(1, exp(-(new loss - current loss) / temperature))
 *
 * The step size adapts so that a half of the hops is accepted, as in the paper; interval and factor are SciPy's. A hop
 * back into the same basin counts as accepted. At temperature 0 it counts as rejected, because its loss is no better;
 * set the factor to 1 there.
 *
 * Hops start from the minimum itself and end at the edge of the domain. A local search without a finite loss is
 * rejected. Before the first minimum a hop is a point drawn uniformly from the domain, so that a start where the loss is
 * not defined is left, and the step size does not adapt.
 */
export class BasinHopping implements Optimizer {
  readonly #settings: Settings;
  readonly #localOptions: Omit<LbfgsOptions, 'start'>;
  readonly #position: Float64Array;
  #random: Random;
  #loss = Infinity;
  #stepSize: number;
  #hops = 0;
  #accepted = 0;
  #chance = 0;
  #decrease = 0;
  #local: Lbfgs;

  /**
   * @param random source of hops and decisions; no other code may draw from it
   * @throws RangeError if an option breaks its rule
   */
  constructor(options: BasinHoppingOptions, random: Random) {
    checkOptionNames('basinHopping', options, NAMES);
    this.#settings = resolveSettings(options);
    this.#localOptions = { ...options.local, domain: this.#settings.domain };
    this.#local = new Lbfgs({ ...this.#localOptions, start: options.start });
    this.#position = this.#local.position.slice();
    this.#stepSize = this.#settings.stepSize;
    this.#random = random;
  }

  /** `[coordinates]` current minimum: the one accepted last, not the best; the start before the first. */
  get position(): Float64Array {
    return this.#position;
  }

  /** Current step size: the largest move of a coordinate in a hop. */
  get stepSize(): number {
    return this.#stepSize;
  }

  /** Returns the points of the next step; they do not depend on the progress. */
  ask(progress: number): readonly Point[] {
    checkProgress(progress);
    if (this.#local.end !== null) this.#hop();
    return this.#local.ask();
  }

  tell(evaluations: readonly PointEvaluation[]): void {
    this.#local.tell(evaluations);
    if (this.#local.end === null) return;
    const hopped = this.#hops > 0 && this.#loss < Infinity;
    if (this.#local.decrease > this.#decrease) this.#decrease = this.#local.decrease;
    const accepted = this.#isAccepted(this.#local.loss);
    if (accepted) {
      this.#loss = this.#local.loss;
      this.#position.set(this.#local.position);
    }
    if (hopped) this.#adapt(accepted);
  }

  save(): BasinHoppingState {
    return {
      settings: { ...this.#settings },
      random: this.#random.save(),
      position: this.#position.slice(),
      loss: this.#loss,
      stepSize: this.#stepSize,
      hops: this.#hops,
      accepted: this.#accepted,
      chance: this.#chance,
      decrease: this.#decrease,
      local: this.#local.save(),
    };
  }

  restore(state: object): void {
    const saved = state as BasinHoppingState;
    checkSaved(saved, this.#position, this.#settings);
    this.#local.restore(saved.local);
    this.#random = Random.restore(saved.random);
    this.#position.set(saved.position);
    this.#loss = saved.loss;
    this.#stepSize = saved.stepSize;
    this.#hops = saved.hops;
    this.#accepted = saved.accepted;
    this.#chance = saved.chance;
    this.#decrease = saved.decrease;
  }

  #hop(): void {
    const { domain } = this.#settings;
    const [low, high] = domain;
    const drawn = this.#loss === Infinity;
    const start = this.#position.map((x) =>
      drawn ? low + (high - low) * this.#random.uniform() : x + this.#stepSize * (2 * this.#random.uniform() - 1),
    );
    // Drawn here, because `tell` decides but must not draw.
    this.#chance = this.#random.uniform();
    this.#local = new Lbfgs({ ...this.#localOptions, start }, this.#local.gradientScale);
    this.#hops++;
  }

  /** The Metropolis criterion. At temperature 0 an equal loss gives 0 / 0 = NaN, which is not accepted. */
  #isAccepted(loss: number): boolean {
    const temperature = this.#settings.temperature ?? TEMPERATURE_SHARE * this.#decrease;
    return loss < this.#loss || this.#chance < Math.exp((this.#loss - loss) / temperature);
  }

  #adapt(accepted: boolean): void {
    const { domain, interval, targetAcceptance, factor } = this.#settings;
    if (accepted) this.#accepted++;
    if (this.#hops % interval !== 0) return;
    const acceptance = this.#accepted / interval;
    this.#accepted = 0;
    if (acceptance > targetAcceptance) this.#stepSize = Math.min(domain[1] - domain[0], this.#stepSize / factor);
    else if (acceptance < targetAcceptance) this.#stepSize *= factor;
  }
}

function resolveSettings(options: BasinHoppingOptions): Settings {
  const { domain = [-5, 5], temperature = null, interval = 50, targetAcceptance = 0.5, factor = 0.9 } = options;
  checkInterval('domain', domain);
  const [low, high] = domain;
  const stepSize = options.stepSize ?? 0.1 * (high - low);
  if (temperature !== null) checkNotNegative('temperature', temperature);
  checkNotNegative('stepSize', stepSize);
  checkPositiveInteger('interval', interval);
  if (!(targetAcceptance > 0 && targetAcceptance < 1)) {
    throw new RangeError(`targetAcceptance must be above 0 and below 1, got ${sayValue(targetAcceptance)}`);
  }
  if (!(factor > 0 && factor <= 1))
    throw new RangeError(`factor must be above 0 and at most 1, got ${sayValue(factor)}`);
  return { domain: [low, high], temperature, stepSize, interval, targetAcceptance, factor };
}
