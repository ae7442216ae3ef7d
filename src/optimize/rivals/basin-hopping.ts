import { Random, type RandomState } from '../../math/random.ts';
import { checkInterval, checkNotNegative, checkPositiveInteger } from '../check-options.ts';
import type { Optimizer, Point, PointEvaluation } from '../optimizer.ts';
import { checkSaved } from '../single-point.ts';
import { Lbfgs, type LbfgsOptions, type LbfgsState } from './lbfgs.ts';

export interface BasinHoppingOptions {
  /** `[coordinates]` start of the first local search; copied, and moved to the edge of the domain where it is outside */
  readonly start: Float64Array;
  /** `[lo, hi]` no point leaves it. @default [-5, 5] */
  readonly domain?: readonly [number, number];
  /**
   * Rise of the loss that is accepted once in e times; of the order of the differences between neighboring minima. At 0
   * only better minima are. @default 1
   */
  readonly temperature?: number;
  /** Largest move of a coordinate in a hop, to begin with. It grows to hi - lo at most. @default 0.1 (hi - lo) */
  readonly stepSize?: number;
  /** Hops after which the step size is adapted. @default 50 */
  readonly interval?: number;
  /** Share of hops accepted above which the step size grows, and below which it shrinks. @default 0.5 */
  readonly targetAcceptance?: number;
  /** By which it shrinks, and by whose inverse it grows; 1 keeps it as it is. @default 0.9 */
  readonly factor?: number;
  /** Of the local searches. @default those of L-BFGS */
  readonly local?: Omit<LbfgsOptions, 'start' | 'domain'>;
}

type Settings = Required<Omit<BasinHoppingOptions, 'start' | 'local'>>;

/** Plain data with typed arrays. */
export interface BasinHoppingState {
  readonly settings: Settings;
  readonly random: RandomState;
  readonly position: Float64Array;
  /** At the position; Infinity before the first minimum. */
  readonly loss: number;
  readonly stepSize: number;
  /** Hops begun. */
  readonly hops: number;
  /** Hops accepted since the step size was adapted. */
  readonly accepted: number;
  /** Uniform number that decides on the hop under way. */
  readonly chance: number;
  readonly local: LbfgsState;
}

/**
 * Basin hopping (Wales and Doye 1997, "Global optimization by basin-hopping and the lowest energy structures of
 * Lennard-Jones clusters containing up to 110 atoms", J. Physical Chemistry A 101, 5111-5116): a random walk from
 * minimum to minimum. From the current one all coordinates move uniformly by up to the step size, L-BFGS minimizes
 * from there, and the minimum found becomes the current one with probability
 *
 *     min(1, exp(-(its loss - the current one's) / temperature))
 *
 * The step size follows the acceptance, which is to be 1/2 as in the paper; interval and factor are SciPy's. A hop that
 * falls back into the same basin counts as accepted, or (at temperature 0, where it is no better) as rejected: there
 * better keep the step size by a factor of 1.
 *
 * Hops start from the minimum itself and are cut off at the domain. A local search that finds nothing finite is
 * rejected.
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
  #local: Lbfgs;

  /**
   * @param random draws hops and decisions, and nothing else may draw from it
   * @throws RangeError where an option breaks its rule
   */
  constructor(options: BasinHoppingOptions, random: Random) {
    this.#settings = resolveSettings(options);
    this.#localOptions = { ...options.local, domain: this.#settings.domain };
    this.#local = new Lbfgs({ ...this.#localOptions, start: options.start });
    this.#position = this.#local.position.slice();
    this.#stepSize = this.#settings.stepSize;
    this.#random = random;
  }

  /** The current minimum: the one accepted last, not the best. Before the first it is the start. */
  get position(): Float64Array {
    return this.#position;
  }

  /** Largest move of a coordinate in a hop, as it is now. */
  get stepSize(): number {
    return this.#stepSize;
  }

  /** The progress plays no part. */
  ask(progress: number): readonly Point[] {
    if (!(progress >= 0 && progress <= 1)) throw new RangeError(`progress must be from 0 to 1, got ${progress}`);
    if (this.#local.end !== null) this.#hop();
    return this.#local.ask();
  }

  tell(evaluations: readonly PointEvaluation[]): void {
    this.#local.tell(evaluations);
    if (this.#local.end === null) return;
    const accepted = this.#isAccepted(this.#local.loss);
    if (accepted) {
      this.#loss = this.#local.loss;
      this.#position.set(this.#local.position);
    }
    if (this.#hops > 0) this.#adapt(accepted);
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
  }

  #hop(): void {
    const start = this.#position.map((x) => x + this.#stepSize * (2 * this.#random.uniform() - 1));
    // Drawn now, because `tell`, which decides, draws nothing.
    this.#chance = this.#random.uniform();
    this.#local = new Lbfgs({ ...this.#localOptions, start });
    this.#hops++;
  }

  /** The Metropolis criterion. Where there is no rise, 0 / 0 at temperature 0 is NaN and accepts nothing. */
  #isAccepted(loss: number): boolean {
    return loss < this.#loss || this.#chance < Math.exp((this.#loss - loss) / this.#settings.temperature);
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
  const { domain = [-5, 5], temperature = 1, interval = 50, targetAcceptance = 0.5, factor = 0.9 } = options;
  checkInterval('domain', domain);
  const [low, high] = domain;
  const stepSize = options.stepSize ?? 0.1 * (high - low);
  checkNotNegative('temperature', temperature);
  checkNotNegative('stepSize', stepSize);
  checkPositiveInteger('interval', interval);
  if (!(targetAcceptance > 0 && targetAcceptance < 1)) {
    throw new RangeError(`targetAcceptance must be above 0 and below 1, got ${targetAcceptance}`);
  }
  if (!(factor > 0 && factor <= 1)) throw new RangeError(`factor must be above 0 and at most 1, got ${factor}`);
  return { domain: [low, high], temperature, stepSize, interval, targetAcceptance, factor };
}
