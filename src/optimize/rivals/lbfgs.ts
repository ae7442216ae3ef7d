import { allFinite, checkSaved, clamp, soleEvaluation, startWithin } from '../checks.ts';
import type { Point, PointEvaluation } from '../optimizer.ts';
import { CurvatureHistory, type CurvaturePair, dot } from './curvature-history.ts';
import { type LbfgsOptions, type LbfgsSettings, resolveLbfgsOptions } from './lbfgs-options.ts';

/** c_1: share of the decrease predicted by the slope that a step must reach (Nocedal and Wright, eq. 3.6a). */
const ARMIJO = 1e-4;
/** c_2: share of the slope that may remain after a step (eq. 3.6b). */
const CURVATURE = 0.9;
/** Largest number of evaluations of one line search. */
const LINE_TRIALS = 20;
/** Largest length of a step that is taken without curvature, in widths of the domain. */
const FIRST_STEP = 0.1;

/**
 * Why a search ended: the projected gradient is small, the decrease is small, the iterations are used up, no point
 * along the steepest descent was low enough, or the start was not finite.
 */
export type LbfgsEnd = 'gradient' | 'decrease' | 'iterations' | 'line' | 'not-finite';

/** A candidate for the next position. */
interface Candidate {
  readonly position: Float64Array;
  readonly loss: number;
  readonly gradient: Float64Array;
}

/** A line search. */
interface Line {
  /** Slope of the loss along the direction, at the position; below 0. */
  readonly slope: number;
  /** Distance of the trial from the position, in lengths of the direction. */
  readonly length: number;
  /** Number of trials so far, including this one. */
  readonly trials: number;
  /** Point that is low enough, while the search tries a longer step; null if there is none. */
  readonly candidate: Candidate | null;
}

/** The whole state: plain data with typed arrays. */
export interface LbfgsState {
  readonly settings: LbfgsSettings;
  readonly position: Float64Array;
  /** Loss at the position; Infinity before the first evaluation. */
  readonly loss: number;
  /** Loss at the start; Infinity before the first evaluation. */
  readonly firstLoss: number;
  /** Largest coordinate of the first gradient; 0 before the first evaluation. */
  readonly gradientScale: number;
  readonly gradient: Float64Array;
  readonly direction: Float64Array;
  readonly trial: Float64Array;
  /** Curvature pairs, oldest first. */
  readonly pairs: readonly CurvaturePair[];
  /** Current line search; null before the first evaluation. */
  readonly line: Line | null;
  readonly iterations: number;
  readonly end: LbfgsEnd | null;
  readonly asked: boolean;
}

/**
 * L-BFGS (Nocedal and Wright 2006, "Numerical Optimization", Algorithms 7.4 and 7.5) with one point for each step:
 *
 *     const search = new Lbfgs({ start });
 *     while (search.end === null) {
 *       const points = search.ask();
 *       search.tell(points.map(({ position }) => ({ loss: value(position), gradient: gradient(position) })));
 *     }
 *
 * The line search shortens a step to the minimum of a parabola until the loss falls enough (Armijo's condition). It
 * lengthens a step while the slope has hardly changed (the curvature condition) and the loss still falls. The test is
 * free, because every evaluation gives the gradient.
 *
 * The algorithms have no bounds. Here trial points are projected onto the domain, and the direction leaves out
 * coordinates that the gradient holds at its edge (two-metric projection, Bertsekas 1982, "Projected Newton methods for
 * optimization problems with simple constraints", SIAM J. Control and Optimization 20(2), 221-246).
 *
 * The first steps and the tolerances are relative to the first gradient, so that a search takes the same steps on a loss
 * that is multiplied by a positive number.
 *
 * A loss or gradient that is not finite shortens the step; at the start it ends the search.
 */
export class Lbfgs {
  readonly #settings: LbfgsSettings;
  readonly #position: Float64Array;
  readonly #gradient: Float64Array;
  readonly #direction: Float64Array;
  readonly #trial: Float64Array;
  readonly #points: readonly Point[];
  readonly #history: CurvatureHistory;
  #loss = Infinity;
  #firstLoss = Infinity;
  #gradientScale: number;
  #line: Line | null = null;
  #iterations = 0;
  #end: LbfgsEnd | null = null;
  #asked = false;

  /**
   * @param gradientScale largest coordinate of the gradient where searches of this loss began; a larger one at the start
   *   of this search replaces it
   * @throws RangeError if an option breaks its rule
   */
  constructor(options: LbfgsOptions, gradientScale = 0) {
    this.#gradientScale = gradientScale;
    this.#settings = resolveLbfgsOptions(options);
    this.#position = startWithin(options.start, this.#settings.domain);
    this.#gradient = new Float64Array(this.#position.length);
    this.#direction = new Float64Array(this.#position.length);
    this.#trial = this.#position.slice();
    this.#points = [{ position: this.#trial, gradient: true, perExample: false, kind: 'local' }];
    this.#history = new CurvatureHistory(this.#settings.history);
  }

  /** `[coordinates]` current position, the lowest so far; the start before the first step. Read only. */
  get position(): Float64Array {
    return this.#position;
  }

  /** Loss at the position; Infinity if the start is not evaluated or its loss is not finite. */
  get loss(): number {
    return this.#loss;
  }

  /** How far the loss has fallen since the start; NaN if its loss is not known or not finite. */
  get decrease(): number {
    return this.#firstLoss - this.#loss;
  }

  /** Largest coordinate of the first gradient. */
  get gradientScale(): number {
    return this.#gradientScale;
  }

  /** Why the search ended; null while it continues. */
  get end(): LbfgsEnd | null {
    return this.#end;
  }

  /**
   * Returns the next point, which requests a gradient.
   *
   * @throws Error if the search has ended
   */
  ask(): readonly Point[] {
    if (this.#end !== null) throw new Error(`the search has ended (${this.#end}) and asks for no more points`);
    this.#asked = true;
    return this.#points;
  }

  /** @throws Error if no point was requested, or the evaluation lacks what was */
  tell(evaluations: readonly PointEvaluation[]): void {
    const { loss, gradient } = soleEvaluation(this.#asked, evaluations, this.#position.length);
    this.#asked = false;
    const finite = Number.isFinite(loss) && allFinite(gradient);
    if (this.#line !== null) this.#advance(this.#line, loss, finite ? gradient : null);
    else if (finite) this.#begin(loss, gradient);
    else this.#end = 'not-finite';
  }

  save(): LbfgsState {
    return {
      settings: { ...this.#settings },
      position: this.#position.slice(),
      loss: this.#loss,
      firstLoss: this.#firstLoss,
      gradientScale: this.#gradientScale,
      gradient: this.#gradient.slice(),
      direction: this.#direction.slice(),
      trial: this.#trial.slice(),
      pairs: this.#history.save(),
      line: structuredClone(this.#line),
      iterations: this.#iterations,
      end: this.#end,
      asked: this.#asked,
    };
  }

  /**
   * Continues exactly from a saved state, which it copies.
   *
   * @throws RangeError if the state has another number of coordinates or other options
   */
  restore(state: LbfgsState): void {
    checkSaved(state, this.#position, this.#settings);
    this.#position.set(state.position);
    this.#gradient.set(state.gradient);
    this.#direction.set(state.direction);
    this.#trial.set(state.trial);
    this.#loss = state.loss;
    this.#firstLoss = state.firstLoss;
    this.#gradientScale = state.gradientScale;
    this.#history.restore(state.pairs);
    this.#line = structuredClone(state.line);
    this.#iterations = state.iterations;
    this.#end = state.end;
    this.#asked = state.asked;
  }

  #begin(loss: number, gradient: Float64Array): void {
    this.#loss = loss;
    this.#firstLoss = loss;
    this.#gradient.set(gradient);
    for (const slope of gradient) this.#gradientScale = Math.max(this.#gradientScale, Math.abs(slope));
    if (this.#isStationary()) this.#end = 'gradient';
    else this.#startLine();
  }

  /** Continues a line search by one evaluation; the gradient is null if the evaluation was not finite. */
  #advance(line: Line, loss: number, gradient: Float64Array | null): void {
    const { candidate } = line;
    if (gradient === null || !this.#isLowEnough(loss)) {
      if (candidate === null) this.#shorten(line, loss);
      else this.#accept(candidate);
      return;
    }
    if (candidate !== null && candidate.loss <= loss) {
      this.#accept(candidate);
      return;
    }
    const reached = { position: this.#trial.slice(), loss, gradient: gradient.slice() };
    if (!this.#lengthen(line, reached)) this.#accept(reached);
  }

  /** Armijo's condition. The bounds may bend the path; the predicted decrease is that of the point reached. */
  #isLowEnough(loss: number): boolean {
    let predicted = 0;
    for (let i = 0; i < this.#trial.length; i++) {
      predicted += (this.#gradient[i] as number) * ((this.#trial[i] as number) - (this.#position[i] as number));
    }
    return loss <= this.#loss + ARMIJO * Math.min(0, predicted); // eq. 3.6a
  }

  /** Shortens the step to the minimum of the parabola through slope and losses (section 3.5), within [0.1, 0.5]. */
  #shorten(line: Line, loss: number): void {
    const { slope, length, trials } = line;
    const share = (-slope * length) / (2 * (loss - this.#loss - slope * length));
    const shorter = length * (share > 0.1 ? Math.min(0.5, share) : 0.1); // also 0.1 if the loss is not finite
    if (-slope * shorter < Number.EPSILON * Math.abs(this.#loss)) {
      this.#end = 'decrease'; // a smaller gain is lost in rounding
    } else if (trials < LINE_TRIALS) {
      this.#try({ slope, length: shorter, trials: trials + 1, candidate: null });
    } else if (!this.#history.isEmpty) {
      this.#forget();
    } else {
      this.#end = 'line';
    }
  }

  /** Tries a longer step if the slope at the point reached is still steep. Returns whether it does. */
  #lengthen({ slope, length, trials }: Line, reached: Candidate): boolean {
    if (trials >= LINE_TRIALS) return false;
    let before = 0;
    let after = 0;
    for (let i = 0; i < reached.position.length; i++) {
      if (!this.#isInside(reached.position[i] as number)) continue;
      const d = this.#direction[i] as number;
      before += (this.#gradient[i] as number) * d;
      after += (reached.gradient[i] as number) * d;
    }
    if (!(after < CURVATURE * before && before < 0)) return false; // eq. 3.6b
    // The length at which the slope reaches 0 if it keeps rising linearly.
    const zero = after > before ? before / (before - after) : Infinity;
    const longer = length * Math.min(10, Math.max(2, zero));
    this.#try({ slope, length: longer, trials: trials + 1, candidate: reached });
    return true;
  }

  #accept({ position, loss, gradient }: Candidate): void {
    const { decreaseTolerance, iterations } = this.#settings;
    const step = position.map((value, i) => value - (this.#position[i] as number));
    const change = gradient.map((value, i) => value - (this.#gradient[i] as number));
    this.#history.add({ step, change });
    const decrease = this.#loss - loss;
    const small = decreaseTolerance * Math.max(Math.abs(this.#loss), Math.abs(loss));
    this.#position.set(position);
    this.#gradient.set(gradient);
    this.#loss = loss;
    this.#iterations++;
    if (this.#isStationary()) this.#end = 'gradient';
    else if (decrease <= small) this.#end = 'decrease';
    else if (this.#iterations >= iterations) this.#end = 'iterations';
    else this.#startLine();
  }

  #startLine(): void {
    this.#computeDirection();
    const slope = dot(this.#gradient, this.#direction);
    const known = !this.#history.isEmpty;
    if (slope < 0 && slope > -Infinity) {
      const [low, high] = this.#settings.domain;
      // The first step is shorter where the gradient is smaller than at the first start.
      const length = known ? 1 : (FIRST_STEP * (high - low)) / Math.max(this.#gradientScale, Math.sqrt(-slope));
      this.#try({ slope, length, trials: 1, candidate: null });
    } else if (known) {
      this.#forget(); // rounding has turned the direction upward
    } else {
      this.#end = slope === 0 ? 'decrease' : 'not-finite'; // the square of the gradient underflows or overflows
    }
  }

  /** Restarts with the steepest descent. */
  #forget(): void {
    this.#history.clear();
    this.#startLine();
  }

  #try(line: Line): void {
    this.#line = line;
    const { domain } = this.#settings;
    for (let i = 0; i < this.#trial.length; i++) {
      this.#trial[i] = clamp((this.#position[i] as number) + line.length * (this.#direction[i] as number), domain);
    }
  }

  /** Sets the direction: minus the estimated inverse Hessian times the gradient. */
  #computeDirection(): void {
    const q = this.#direction;
    for (let i = 0; i < q.length; i++) q[i] = this.#isHeld(i) ? 0 : (this.#gradient[i] as number);
    this.#history.multiply(q);
    for (let i = 0; i < q.length; i++) q[i] = this.#isHeld(i) ? 0 : -(q[i] as number);
  }

  /** Whether the gradient holds a coordinate at the edge of the domain. */
  #isHeld(i: number): boolean {
    const [low, high] = this.#settings.domain;
    const value = this.#position[i] as number;
    const slope = this.#gradient[i] as number;
    return (value <= low && slope > 0) || (value >= high && slope < 0);
  }

  #isInside(value: number): boolean {
    const [low, high] = this.#settings.domain;
    return low < value && value < high;
  }

  /** Whether every coordinate of the gradient that the domain does not hold is at most the tolerance. */
  #isStationary(): boolean {
    const tolerance = this.#settings.gradientTolerance * this.#gradientScale;
    for (let i = 0; i < this.#position.length; i++) {
      if (!this.#isHeld(i) && !(Math.abs(this.#gradient[i] as number) <= tolerance)) return false;
    }
    return true;
  }
}
