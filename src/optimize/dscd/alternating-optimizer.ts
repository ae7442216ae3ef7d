import type { Random } from '../../math/random.ts';
import { Adam, type AdamOptions } from '../adam.ts';
import { checkProgress, checkSaved, copyStart } from '../checks.ts';
import type { Optimizer, Point, PointEvaluation } from '../optimizer.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';
import type { Schedule } from '../schedules.ts';
import { checkWindow } from './acceptance-window.ts';
import { type AlternationOptions, type AlternationState, advance, startAlternation } from './alternation.ts';
import { Dscd } from './dscd.ts';
import { type DscdOptions, resolveAlternation } from './dscd-options.ts';
import { Hybrid, type HybridState } from './hybrid.ts';
import type { StepAnswer, StepKind, StepOutcome, StepRequest } from './step.ts';

export interface AlternatingOptions {
  /** `[coordinates]`; copied */
  readonly start: ArrayLike<number>;
  /** Options of Adam, for local steps. @default no local steps */
  readonly adam?: AdamOptions;
  /** Options of DSCD, for global steps. In joint mode its acceptance defaults to 'paired'. @default no global steps */
  readonly dscd?: DscdOptions;
  /** Combination of both kinds: one kind of step after the other, or both in every step. @default 'alternating' */
  readonly mode?: 'alternating' | 'joint';
  /** N and the switch of alternating mode. @default { minSteps: 10, switch: 'stalled' } */
  readonly alternation?: Partial<AlternationOptions>;
  /** Learning rate of Adam as a function of progress. Not part of the saved state. @default Adam's own, constant */
  readonly schedule?: Schedule;
  /** Bounds `[lo, hi]` of local steps. @default null: none */
  readonly bounds?: readonly [number, number] | null;
  /**
   * `[coordinates]` number of categories of a coordinate that is one, else 0. DSCD's domain has an equal part for each,
   * and a proposal draws one of the others. @default none
   */
  readonly categories?: readonly number[];
}

const NAMES: OptionNames<AlternatingOptions> = {
  start: true,
  adam: true,
  dscd: true,
  mode: true,
  alternation: true,
  schedule: true,
  bounds: true,
  categories: true,
};

/** Settings of the mode, the alternation, Adam and DSCD together; their names differ. */
type Settings = Readonly<Record<string, number | string | readonly number[] | null>>;

/** The whole state: plain data with typed arrays. */
export interface AlternatingState {
  readonly settings: Settings;
  readonly hybrid: HybridState;
  readonly alternation: AlternationState;
  /** Progress at which the pending step was asked for; null if there is none. */
  readonly askedAt: number | null;
  /** Factor of gradients, see `AlternatingOptimizer`; null before the first. @default 1: older states lack it */
  readonly gain?: number | null;
}

/** Largest coordinate of the first gradient below which gradients are multiplied. */
const SMALL_GRADIENT = 1e-3;

/**
 * The paper's Algorithm 1 as an `Optimizer`: Adam and DSCD in alternation, either of them alone, or (ours) both in
 * every step. It takes the steps of `Hybrid`, as the architecture search does.
 *
 *     const optimizer = new AlternatingOptimizer({ start, adam: { learningRate: 0.1 }, dscd: {} }, Random.fromSeed(0));
 *     for (let step = 0; step < 1000; step++) {
 *       const points = optimizer.ask(step / 1000);
 *       optimizer.tell(points.map(evaluate));
 *     }
 *
 * If no coordinate of the first gradient reaches 1e-3, Adam gets all gradients multiplied by one power of 2, so that the
 * largest is about 1. Otherwise Adam's epsilon would outweigh them, and a loss times 1e-12 would not be minimized.
 *
 * The points of a step are the position, if its loss or gradient is needed, then one for each proposal.
 */
export class AlternatingOptimizer implements Optimizer {
  readonly #settings: Settings;
  readonly #hybrid: Hybrid;
  readonly #dscd: Dscd | null;
  /** Kind of every step; null if the alternation decides. */
  readonly #kind: StepKind | null;
  readonly #switching: AlternationOptions;
  readonly #schedule: Schedule | undefined;
  #alternation = startAlternation();
  #askedAt = 0;
  /** Factor of gradients; null before the first. */
  #gain: number | null = null;
  #points: readonly Point[] = [];
  #outcome: StepOutcome | null = null;
  /** `[proposals][coordinates]` positions of the proposals; each step overwrites them. */
  readonly #trials: readonly Float64Array[];

  /**
   * @param random source of the proposals; no other code may draw from it
   * @throws RangeError if an option breaks its rule, or two contradict each other
   */
  constructor(options: AlternatingOptions, random: Random) {
    checkOptionNames('AlternatingOptimizer', options, NAMES);
    const { adam, bounds = null } = options;
    const start = copyStart(options.start);
    const { mode, ...switching } = resolveAlternation(options);
    const joint = mode === 'joint';
    const dscd = options.dscd && joint ? { acceptance: 'paired' as const, ...options.dscd } : options.dscd;
    if (adam === undefined && dscd === undefined) throw new RangeError('steps need Adam, DSCD or both, got neither');
    if (joint && (adam === undefined || dscd === undefined)) {
      throw new RangeError('mode joint needs both Adam and DSCD, got one of them');
    }
    if (joint && dscd?.acceptance !== 'paired') {
      throw new RangeError(`acceptance must be paired in mode joint, got ${dscd?.acceptance}`);
    }
    this.#switching = switching;
    this.#dscd = dscd === undefined ? null : new Dscd(dscd, random, options.categories);
    if (this.#dscd !== null) {
      const { acceptance, window } = this.#dscd.options;
      if (adam === undefined && acceptance === 'never') {
        throw new RangeError('acceptance must be window or paired without Adam, got never');
      }
      if (adam !== undefined && acceptance !== 'paired') checkWindow(window, this.#switching.minSteps);
    }
    const local = adam === undefined ? null : new Adam(start.length, adam);
    this.#hybrid = new Hybrid({ position: start, local, dscd: this.#dscd, bounds });
    this.#kind = joint ? 'joint' : adam === undefined ? 'global' : dscd === undefined ? 'local' : null;
    this.#schedule = options.schedule;
    this.#settings = { mode, bounds, ...this.#switching, ...local?.options, ...this.#dscd?.options };
    this.#trials = Array.from({ length: this.#dscd?.options.proposals ?? 0 }, () => new Float64Array(start.length));
  }

  get position(): Float64Array {
    return this.#hybrid.position;
  }

  /** Outcome of the last step; null before the first, and after `restore`. */
  get outcome(): StepOutcome | null {
    return this.#outcome;
  }

  ask(progress: number): readonly Point[] {
    if (this.#hybrid.asked !== null) return this.#points;
    checkProgress(progress);
    this.#askedAt = progress;
    this.#points = this.#layOut(this.#hybrid.ask(this.#kind ?? this.#alternation.kind, progress));
    return this.#points;
  }

  tell(evaluations: readonly PointEvaluation[]): void {
    const request = this.#hybrid.asked;
    if (request === null) throw new Error('tell needs a pending step: call ask first');
    if (evaluations.length !== this.#points.length) {
      throw new Error(`tell needs ${this.#points.length} evaluations, one for each point, got ${evaluations.length}`);
    }
    const answer = this.#toAnswer(request, evaluations);
    this.#outcome = this.#hybrid.tell(request, answer, this.#schedule?.(this.#askedAt));
    if (this.#kind === null) this.#alternation = advance(this.#alternation, this.#outcome.loss, this.#switching);
  }

  /** DSCD alone compares its first proposals with the start. Adam evaluates the start itself. */
  observeStart(loss: number): void {
    if (this.#kind === 'global') this.#dscd?.observe(loss, this.position);
  }

  /**
   * Predicts the proposals of the next steps that are certain to be global, assuming that all are rejected. Returns
   * none if P > 1 or acceptance is paired, because a step then has several points to evaluate side by side.
   */
  foresee(progress: readonly number[]): readonly Point[] {
    const dscd = this.#dscd;
    if (dscd === null || dscd.options.proposals > 1 || dscd.options.acceptance === 'paired') return [];
    const ahead = progress.slice(0, this.#sureGlobalSteps());
    return dscd.foresee(this.position, ahead).map(({ coordinate, to }) => ({
      position: this.position.with(coordinate, to),
      gradient: false,
      perExample: false,
      kind: 'proposal',
    }));
  }

  save(): AlternatingState {
    const asked = this.#hybrid.asked !== null;
    return {
      settings: { ...this.#settings },
      hybrid: this.#hybrid.save(),
      alternation: { ...this.#alternation },
      askedAt: asked ? this.#askedAt : null,
      gain: this.#gain,
    };
  }

  restore(state: AlternatingState): void {
    const { settings, hybrid, alternation, askedAt, gain = 1 } = state;
    // Older states lack the option.
    const saved = { position: hybrid.position, settings: { discreteFrom: 1, ...settings } };
    checkSaved(saved, this.position, this.#settings);
    this.#hybrid.restore(hybrid);
    this.#alternation = { ...alternation };
    this.#askedAt = askedAt ?? 0;
    this.#gain = gain;
    this.#points = this.#hybrid.asked === null ? [] : this.#layOut(this.#hybrid.asked);
    this.#outcome = null;
  }

  #layOut({ position, gradient, base, perExample, proposals }: StepRequest): readonly Point[] {
    const points: Point[] = [];
    if (gradient || base) points.push({ position, gradient, perExample, kind: gradient ? 'local' : 'base' });
    for (let i = 0; i < proposals.length; i++) {
      const { coordinate, to } = proposals[i] as StepRequest['proposals'][number];
      const trial = this.#trials[i] as Float64Array;
      trial.set(position);
      trial[coordinate] = to;
      points.push({ position: trial, gradient: false, perExample, kind: 'proposal' });
    }
    return points;
  }

  #toAnswer(request: StepRequest, evaluations: readonly PointEvaluation[]): StepAnswer {
    if (!request.gradient && !request.base) return { proposals: evaluations };
    const base = evaluations[0] as PointEvaluation;
    const proposals = evaluations.slice(1);
    if (base.gradient === undefined) return { base, proposals };
    return { base, gradient: this.#multiply(base.gradient), proposals };
  }

  #multiply(gradient: Float64Array): Float64Array {
    // A weight decay is added to the gradient, so both keep their scale.
    this.#gain ??= Number(this.#settings.weightDecay) > 0 ? 1 : gainOf(gradient);
    const gain = this.#gain;
    return gain === null || gain === 1 ? gradient : gradient.map((slope) => gain * slope);
  }

  /** Number of steps after the pending one (or from now on) that are global for all losses. */
  #sureGlobalSteps(): number {
    if (this.#kind !== null) return this.#kind === 'global' ? Infinity : 0;
    const { kind, consecutive } = this.#alternation;
    if (kind === 'local') return 0;
    const left = this.#switching.minSteps - consecutive;
    return this.#hybrid.asked === null ? Math.max(1, left) : left - 1;
  }
}

/** Power of 2 that brings the largest coordinate of a small gradient to about 1; null if the gradient tells no scale. */
function gainOf(gradient: Float64Array): number | null {
  let largest = 0;
  for (const slope of gradient) largest = Math.max(largest, Math.abs(slope));
  if (!(largest > 0 && largest < Infinity)) return null;
  return largest >= SMALL_GRADIENT ? 1 : 2 ** Math.min(1000, -Math.floor(Math.log2(largest)));
}
