import { allFinite, restoreFrom } from '../checks.ts';
import type { MethodName } from '../minimize/create-optimizer.ts';
import type { MinimizeState } from '../minimize/minimize-options.ts';
import { packRun, unpackBest } from '../minimize/run-state.ts';
import { isSameRequest } from '../minimize/speculation.ts';
import type { Optimizer, Point, PointEvaluation } from '../optimizer.ts';
import { copyPoints, type EvaluationRow, toRows } from './evaluation-row.ts';
import { type Packed, packState, unpackState } from './packed-state.ts';
import { checkTold } from './told.ts';

/** A position to evaluate, wherever that is. */
export interface Trial {
  /** Number of the trial, from 0, in the order of `ask`. */
  readonly number: number;
  /** Step that the trial belongs to; an objective that draws a mini-batch draws it by the step. */
  readonly step: number;
  /** `[coordinates]` values in the ranges that were given; a copy */
  readonly position: Float64Array;
  /** Whether the gradient is to be told beside the loss. */
  readonly gradient: boolean;
  /** Whether the loss on each example is to be told. */
  readonly perExample: boolean;
}

/** The whole state of a study: that of a run, and what was asked and told of its pending steps. */
export interface StudyState extends MinimizeState {
  /** Number of the next trial. */
  readonly asked: number;
  /** Trials of the pending step and of those ahead, and trials that no step needs any more. */
  readonly trials: Packed;
}

/** Options with nothing left open. */
interface Resolved {
  readonly method: MethodName | null;
  readonly optimizer: Optimizer;
  /** `[coordinates]` start that was given; null if it was drawn */
  readonly start: Float64Array | null;
  readonly evaluations: number;
  /** Copies a position, and moves coordinates outside the bounds to their edge. */
  readonly confine: (position: Float64Array, target: Float64Array) => void;
  readonly speculative: number;
  readonly target: number;
  readonly onEvaluation: ((row: EvaluationRow) => void) | undefined;
  readonly tableTime: boolean;
  readonly resume: (MinimizeState & Partial<StudyState>) | undefined;
}

/** A point of a pending step. */
interface Slot {
  readonly point: Point;
  /** Number of its trial; null before `ask`. */
  number: number | null;
  /** Whether somebody evaluates it. */
  isOut: boolean;
  evaluation: PointEvaluation | null;
}

interface SavedSlots {
  readonly step: readonly Slot[];
  readonly ahead: readonly Slot[];
  readonly needless: readonly Trial[];
}

/**
 * A run whose objective is evaluated elsewhere: `ask` gives trials out, `tell` takes their losses, in any order. Made by
 * `createStudy`.
 *
 * All points of a step can be out at once, and with `speculative` those of the next steps too. A step is decided once all
 * its trials are told, in the order of its points. So neither the order of telling nor the number of trials that are out
 * changes the result: it is that of `minimize` with the same options, to the bit.
 */
export class Study {
  readonly #options: Resolved;
  readonly #optimizer: Optimizer;
  readonly #confine: Resolved['confine'];
  /** Slots of the pending step; empty if the study has ended. */
  #slots: Slot[] = [];
  #lastKind: 'start' | 'final' | null = null;
  /** Slots of the next steps, each of a single point. */
  #ahead: Slot[] = [];
  /** Trials that are out and that no step needs any more. */
  readonly #needless = new Map<number, Trial>();
  #asked: number;
  #step: number;
  #evaluations: number;
  #gradients: number;
  #discarded: number;
  #notFinite: number;
  readonly #bestPosition: Float64Array;
  #bestLoss: number;
  #finalLoss: number | null;

  constructor(options: Resolved) {
    const { optimizer, confine, resume } = options;
    this.#options = options;
    this.#optimizer = optimizer;
    this.#confine = confine;
    this.#asked = resume?.asked ?? resume?.evaluations ?? 0;
    this.#step = resume?.step ?? 0;
    this.#evaluations = resume?.evaluations ?? 0;
    this.#gradients = resume?.gradients ?? 0;
    this.#discarded = resume?.discarded ?? 0;
    this.#notFinite = resume?.notFinite ?? 0;
    this.#bestPosition = new Float64Array(optimizer.position.length);
    const { bestPosition, bestLoss, finalLoss } = restoreFrom('the run', () => unpackBest(resume, optimizer.position));
    confine(bestPosition, this.#bestPosition);
    this.#bestLoss = bestLoss;
    this.#finalLoss = finalLoss;
    this.#begin();
    if (resume?.trials !== undefined) {
      restoreFrom('the study', () => this.#restoreTrials(unpackState(resume.trials) as SavedSlots));
    }
  }

  /** Whether the budget is spent or the target reached, and the final position evaluated. */
  get done(): boolean {
    return this.#slots.length === 0;
  }

  /** Smallest finite loss of the steps that were decided; Infinity if there is none. */
  get bestLoss(): number {
    return this.#bestLoss;
  }

  /** `[coordinates]` position of that loss, a copy; the start if there is none */
  get bestPosition(): Float64Array {
    return this.#bestPosition.slice();
  }

  /** Number of evaluations of the steps that were decided. */
  get evaluations(): number {
    return this.#evaluations;
  }

  /** Trials that are asked for, and neither told nor forgotten. */
  get outstanding(): Trial[] {
    const all = [
      ...this.#slots.map((slot) => [slot, this.#step] as const),
      ...this.#ahead.map((slot, i) => [slot, this.#step + 1 + i] as const),
    ];
    const out = all.filter(([slot]) => slot.isOut).map(([slot, step]) => this.#toTrial(slot, step));
    return [...out, ...this.#needless.values()].sort((a, b) => a.number - b.number);
  }

  /**
   * Gives out the next trial.
   *
   * @returns null if the study has ended, or if the next trial depends on losses that were not told yet
   */
  ask(): Trial | null {
    const isFree = ({ isOut, evaluation }: Slot): boolean => !isOut && evaluation === null;
    const own = this.#slots.find(isFree);
    if (own !== undefined) return this.#giveOut(own, this.#step);
    this.#lookAhead();
    const index = this.#ahead.findIndex(isFree);
    return index < 0 ? null : this.#giveOut(this.#ahead[index] as Slot, this.#step + 1 + index);
  }

  /**
   * Takes the evaluation of a trial.
   *
   * @param number that of the trial
   * @param told the loss, or the loss with what else the trial asked for
   * @throws RangeError if the trial is not outstanding
   * @throws TypeError if the evaluation lacks what the trial asked for
   */
  tell(number: number, told: number | PointEvaluation): void {
    if (this.#needless.delete(number)) {
      this.#discarded++;
      return;
    }
    const slot = this.#find(number);
    slot.evaluation = checkTold(number, slot.point, told);
    slot.isOut = false;
    while (this.#slots.length > 0 && this.#slots.every(({ evaluation }) => evaluation !== null)) this.#decide();
  }

  /**
   * Gives a trial back that was lost: the next `ask` may give it out again, under the same number.
   *
   * @throws RangeError if the trial is not outstanding
   */
  forget(number: number): void {
    if (!this.#needless.delete(number)) this.#find(number).isOut = false;
  }

  /** Copies the whole state: plain data that JSON keeps to the bit. Told trials are not lost, and outstanding ones stay so. */
  save(): StudyState {
    const trials: SavedSlots = {
      step: this.#slots,
      ahead: this.#ahead,
      needless: [...this.#needless.values()],
    };
    const run = packRun({
      method: this.#options.method,
      optimizer: this.#optimizer,
      step: this.#step,
      evaluations: this.#evaluations,
      gradients: this.#gradients,
      discarded: this.#discarded,
      notFinite: this.#notFinite,
      bestPosition: this.#bestPosition,
      bestLoss: this.#bestLoss,
      finalLoss: this.#finalLoss,
    });
    return { ...run, asked: this.#asked, trials: packState(trials) };
  }

  /** Asks the optimizer for the next step, the final position, or nothing if that is evaluated. */
  #begin(): void {
    const { evaluations: budget, target } = this.#options;
    const left = budget - 1 - this.#evaluations; // the last evaluation is for the final position
    this.#lastKind = null;
    this.#slots = [];
    if (!(this.#bestLoss <= target) && left >= 1) {
      const points = this.#optimizer.ask(this.#evaluations / budget);
      const beside = this.#startBeside(points);
      if (points.length + (beside === null ? 0 : 1) <= left) {
        this.#lastKind = beside === null ? null : 'start';
        this.#take(beside === null ? points : [...points, beside]);
        return;
      }
    }
    this.#discardAhead();
    if (this.#finalLoss !== null) return;
    this.#lastKind = 'final';
    this.#take([{ position: this.#optimizer.position.slice(), gradient: false, perExample: false }]);
  }

  /** Makes the slots of a step. The point that was foreseen has its slot already. */
  #take(points: readonly Point[]): void {
    const copies = copyPoints(points, this.#confine);
    const next = this.#ahead.shift();
    if (next !== undefined && copies.length === 1 && isSameRequest(next.point, copies[0] as Point)) {
      this.#slots = [next];
      return;
    }
    if (next !== undefined) this.#ahead.unshift(next);
    this.#discardAhead();
    this.#slots = copies.map((point) => ({ point, number: null, isOut: false, evaluation: null }));
  }

  /** The start that was given, to be evaluated beside the first step; null if a point of this step is the start. */
  #startBeside(points: readonly Point[]): Point | null {
    const { start } = this.#options;
    if (start === null || this.#step > 0) return null;
    const beside: Point = { position: start, gradient: false, perExample: false };
    const [own, ...others] = copyPoints([beside, ...points], this.#confine);
    const isStart = ({ position }: Point): boolean => position.every((x, i) => x === own?.position[i]);
    return others.some(isStart) ? null : beside;
  }

  #lookAhead(): void {
    const { speculative, evaluations: budget } = this.#options;
    if (this.#slots.length !== 1 || this.#lastKind !== null) return;
    const steps = Math.min(speculative, budget - 2 - this.#evaluations);
    if (steps <= this.#ahead.length) return;
    const progress = Array.from({ length: steps }, (_, i) => (this.#evaluations + i + 1) / budget);
    const foreseen = copyPoints(this.#optimizer.foresee?.(progress) ?? [], this.#confine);
    for (const point of foreseen.slice(this.#ahead.length)) {
      this.#ahead.push({ point, number: null, isOut: false, evaluation: null });
    }
  }

  #discardAhead(): void {
    for (const [i, slot] of this.#ahead.entries()) {
      if (slot.isOut) this.#needless.set(slot.number as number, this.#toTrial(slot, this.#step + i));
      else if (slot.evaluation !== null) this.#discarded++;
    }
    this.#ahead = [];
  }

  #giveOut(slot: Slot, step: number): Trial {
    slot.number ??= this.#asked++;
    slot.isOut = true;
    return this.#toTrial(slot, step);
  }

  #toTrial({ number, point }: Slot, step: number): Trial {
    const { position, gradient, perExample } = point;
    return { number: number as number, step, position: position.slice(), gradient, perExample };
  }

  #find(number: number): Slot {
    const slot = [...this.#slots, ...this.#ahead].find((one) => one.isOut && one.number === number);
    if (slot === undefined) throw new RangeError(`a trial must be outstanding, got ${number}`);
    return slot;
  }

  /** Tells the optimizer of a step whose trials are all told, and begins the next. */
  #decide(): void {
    const points = this.#slots.map(({ point }) => point);
    const evaluations = this.#slots.map(({ evaluation }) => evaluation as PointEvaluation);
    const [best, lastKind, first] = [this.#bestLoss, this.#lastKind, this.#evaluations];
    for (const [i, point] of points.entries()) this.#count(point, evaluations[i] as PointEvaluation);
    const last = (evaluations.at(-1) as PointEvaluation).loss;
    if (lastKind === 'final') this.#finalLoss = last;
    else {
      if (lastKind === 'start') this.#optimizer.observeStart?.(last);
      this.#optimizer.tell(lastKind === 'start' ? evaluations.slice(0, -1) : evaluations);
    }
    const { onEvaluation } = this.#options;
    if (onEvaluation !== undefined) {
      const outcome = this.#optimizer.outcome ?? null;
      const ended = { step: this.#step, first, points, evaluations, lastKind, outcome, best };
      for (const row of toRows(ended, this.#options.tableTime)) onEvaluation(row satisfies EvaluationRow);
    }
    if (lastKind === 'final') this.#slots = [];
    else {
      this.#step++;
      this.#finalLoss = null;
      this.#begin();
    }
  }

  #count({ position, gradient }: Point, { loss, gradient: slope }: PointEvaluation): void {
    this.#evaluations++;
    if (gradient) this.#gradients++;
    if (!Number.isFinite(loss) || (slope !== undefined && !allFinite(slope))) this.#notFinite++;
    if (!(Number.isFinite(loss) && loss < this.#bestLoss)) return;
    this.#bestLoss = loss;
    this.#bestPosition.set(position);
  }

  /** Puts back what was asked and told of the pending steps. With a larger budget there may be another next step. */
  #restoreTrials({ step, ahead, needless }: SavedSlots): void {
    for (const slot of [...step, ...ahead]) checkSlot(slot);
    for (const trial of needless) this.#needless.set(trial.number, trial);
    const own = this.#slots;
    const isSame =
      own.length === step.length && own.every(({ point }, i) => isSameRequest(point, (step[i] as Slot).point));
    this.#ahead = isSame ? [...ahead] : [...step];
    if (isSame) this.#slots = [...step];
    else this.#discardAhead();
  }
}

/** @throws RangeError if a saved point is none */
function checkSlot({ point, number, isOut, evaluation }: Slot): void {
  const isPoint = point.position instanceof Float64Array && (number === null || Number.isSafeInteger(number));
  const isTold = evaluation === null || typeof evaluation.loss === 'number';
  if (isPoint && isTold && typeof isOut === 'boolean') return;
  throw new RangeError('a saved trial must have a position, a number and whether it is out');
}
