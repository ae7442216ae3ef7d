import { setImmediate as breathe } from 'node:timers/promises';
import { allFinite } from '../checks.ts';
import type { Point, PointEvaluation } from '../optimizer.ts';
import { copyPoints, toRows } from '../study/evaluation-row.ts';
import type { RunFiles } from '../study/run-files.ts';
import {
  type Minimizable,
  type MinimizeOptions,
  type MinimizeProgress,
  type MinimizeResult,
  type MinimizeState,
  type ResolvedMinimizeOptions,
  resolveMinimizeOptions,
} from './minimize-options.ts';
import { Evaluator, Failure, type Seen, sayFailure } from './objective.ts';
import { packRun, unpackBest } from './run-state.ts';
import { Speculation } from './speculation.ts';

/** Longest time, in milliseconds, that a run blocks the event loop. */
const BREATH_MS = 50;

/** Thrown when the objective throws, rejects, or returns no valid evaluation. The run can continue from `state`. */
export class ObjectiveError extends Error {
  override readonly name = 'ObjectiveError';
  /** `[coordinates]` evaluated position */
  readonly position: Float64Array;
  /** The run before the failed step; resuming evaluates that step again. */
  readonly state: MinimizeState;

  /** @param cause what the objective threw */
  constructor(position: Float64Array, cause: unknown, state: MinimizeState) {
    super(`the objective failed in step ${state.step}: ${sayFailure(cause)}`, { cause });
    this.position = position;
    this.state = state;
  }
}

/**
 * Minimizes a function by any of the optimizers, within a budget of evaluations.
 *
 *     const { bestPosition, bestLoss } = await minimize((x) => x[0] ** 2 + x[1] ** 2, { coordinates: 2, evaluations: 1000 });
 *
 * The same seed gives the same run, bit for bit, for every concurrency.
 *
 * @throws RangeError if an option breaks its rule, or the objective lacks what the method needs
 * @throws ObjectiveError if the objective throws, rejects, or returns no valid evaluation
 * @throws the system's error if a file cannot be written
 */
export async function minimize(objective: Minimizable, options: MinimizeOptions): Promise<MinimizeResult> {
  const { saveTo, tableTo, resume, ...others } = options;
  if (saveTo === undefined && tableTo === undefined && resume !== true) {
    return await new Run(resolveMinimizeOptions(objective, { ...options, resume }), null).run();
  }
  // Loaded only here, so that programs without files load no file system.
  const { keepRun } = await import('./kept-run.ts');
  const kept = keepRun(objective, options);
  const resolved = resolveMinimizeOptions(objective, { ...others, resume: kept.resume });
  const files = kept.open();
  try {
    return await new Run(resolved, files).run();
  } finally {
    files.close();
  }
}

/** One run: asks the optimizer, evaluates its points, counts them, and tells the optimizer. */
class Run {
  readonly #options: ResolvedMinimizeOptions;
  /** Files of the run; null if there are none. */
  readonly #files: RunFiles | null;
  readonly #evaluator: Evaluator;
  readonly #speculation: Speculation | null;
  readonly #save = (): MinimizeState => this.#toState();
  #step: number;
  #evaluations: number;
  #gradients: number;
  readonly #discardedBefore: number;
  #notFinite: number;
  readonly #bestPosition: Float64Array;
  #bestLoss: number;
  #finalLoss: number | null;
  /** Smallest finite loss of the last step; NaN if there is none. */
  #loss = Number.NaN;

  constructor(options: ResolvedMinimizeOptions, files: RunFiles | null) {
    this.#files = files;
    const { objective, optimizer, confine, concurrency, speculative, resume } = options;
    this.#options = options;
    this.#evaluator = new Evaluator(objective, optimizer.position.length, confine, concurrency);
    const ahead = Math.min(speculative, concurrency - 1);
    this.#discardedBefore = resume?.discarded ?? 0;
    this.#speculation = ahead > 0 ? new Speculation(optimizer, this.#evaluator, ahead) : null;
    this.#step = resume?.step ?? 0;
    this.#evaluations = resume?.evaluations ?? 0;
    this.#gradients = resume?.gradients ?? 0;
    this.#notFinite = resume?.notFinite ?? 0;
    this.#bestPosition = new Float64Array(optimizer.position.length);
    const { bestPosition, bestLoss, finalLoss } = unpackBest(resume, optimizer.position);
    confine(bestPosition, this.#bestPosition);
    this.#bestLoss = bestLoss;
    this.#finalLoss = finalLoss;
  }

  async run(): Promise<MinimizeResult> {
    const { optimizer, evaluations: budget, target, onProgress, signal } = this.#options;
    let breathedAt = performance.now();
    this.#write(); // at once, so that a file that cannot be written costs no evaluation
    for (;;) {
      if (signal?.aborted) return this.#toResult('aborted');
      if (this.#bestLoss <= target) break;
      const left = budget - 1 - this.#evaluations; // the last evaluation is for the final position
      if (left < 1) break;
      const points = optimizer.ask(this.#evaluations / budget);
      const beside = this.#startBeside(points);
      const all = beside === null ? points : [...points, beside];
      if (all.length > left) break;
      const pending = this.#evaluate(all, left);
      const seen = pending instanceof Promise ? await untilAborted(pending, signal) : pending;
      if (seen === null) return this.#toResult('aborted');
      const bestBefore = this.#bestLoss;
      const evaluations = this.#count(all, seen);
      const copies = this.#keepsRows ? copyPoints(all, this.#options.confine) : null;
      if (beside !== null) optimizer.observeStart?.((evaluations.at(-1) as PointEvaluation).loss);
      optimizer.tell(beside === null ? evaluations : evaluations.slice(0, -1));
      if (copies !== null) this.#addRows(copies, evaluations, beside === null ? null : 'start', bestBefore);
      this.#step++;
      this.#finalLoss = null;
      if (this.#files?.isDue(this.#evaluations)) this.#write();
      if (onProgress !== undefined) onProgress(this.#toProgress());
      if (performance.now() - breathedAt > BREATH_MS) {
        await breathe();
        breathedAt = performance.now();
      }
    }
    return await this.#finish();
  }

  /** The start that was given, to be evaluated beside the first step; null if a point of this step is the start. */
  #startBeside(points: readonly Point[]): Point | null {
    const { start, confine } = this.#options;
    if (start === null || this.#step > 0) return null;
    const [at, other] = [new Float64Array(start.length), new Float64Array(start.length)];
    confine(start, at);
    const isStart = ({ position }: Point): boolean => {
      confine(position, other);
      return other.every((x, i) => x === at[i]);
    };
    return points.some(isStart) ? null : { position: start, gradient: false, perExample: false };
  }

  #evaluate(points: readonly Point[], left: number): Seen[] | Promise<Seen[]> {
    if (this.#speculation === null) return this.#evaluator.evaluateAll(points, this.#step);
    const { evaluations: budget } = this.#options;
    const progressAfter = (evaluations: number): number => (this.#evaluations + evaluations) / budget;
    return this.#speculation.evaluate(points, this.#step, left, progressAfter);
  }

  /** Spends the last evaluation on the final position, unless the resumed run already had. */
  async #finish(): Promise<MinimizeResult> {
    const { optimizer, signal } = this.#options;
    this.#speculation?.discard();
    if (this.#finalLoss === null) {
      const point = { position: optimizer.position.slice(), gradient: false, perExample: false };
      const pending = this.#evaluator.evaluateAll([point], this.#step);
      const seen = pending instanceof Promise ? await untilAborted(pending, signal) : pending;
      if (seen === null) return this.#toResult('aborted');
      const bestBefore = this.#bestLoss;
      const evaluations = this.#count([point], seen);
      this.#finalLoss = (evaluations[0] as PointEvaluation).loss;
      if (this.#keepsRows) {
        const copies = copyPoints([point], this.#options.confine);
        this.#addRows(copies, evaluations, 'final', bestBefore);
      }
    }
    return this.#toResult(this.#bestLoss <= this.#options.target ? 'target' : 'budget');
  }

  /**
   * Counts the evaluations of a step and keeps the best one.
   *
   * @throws ObjectiveError if an evaluation failed; the step is then not counted
   */
  #count(points: readonly Point[], seen: Seen[]): readonly PointEvaluation[] {
    for (let i = 0; i < points.length; i++) {
      const one = seen[i];
      if (!(one instanceof Failure)) continue;
      this.#speculation?.discard();
      this.#write();
      throw new ObjectiveError(one.position, one.cause, this.#toState());
    }
    this.#loss = Number.NaN;
    for (let i = 0; i < points.length; i++) {
      const { loss, gradient: slope } = seen[i] as PointEvaluation;
      const { position, gradient } = points[i] as Point;
      this.#evaluations++;
      if (gradient) this.#gradients++;
      if (!Number.isFinite(loss) || (slope !== undefined && !allFinite(slope))) this.#notFinite++;
      if (!Number.isFinite(loss)) continue;
      if (!(loss >= this.#loss)) this.#loss = loss;
      if (loss < this.#bestLoss) {
        this.#bestLoss = loss;
        this.#options.confine(position, this.#bestPosition);
      }
    }
    return seen as PointEvaluation[];
  }

  #toProgress(): MinimizeProgress {
    const { optimizer } = this.#options;
    return {
      step: this.#step,
      evaluations: this.#evaluations,
      gradients: this.#gradients,
      loss: this.#loss,
      bestLoss: this.#bestLoss,
      position: optimizer.position,
      outcome: optimizer.outcome ?? null,
      save: this.#save,
    };
  }

  #toState(): MinimizeState {
    const { method, optimizer } = this.#options;
    return packRun({
      method,
      optimizer,
      step: this.#step,
      evaluations: this.#evaluations,
      gradients: this.#gradients,
      discarded: this.#discarded,
      notFinite: this.#notFinite,
      bestPosition: this.#bestPosition,
      bestLoss: this.#bestLoss,
      finalLoss: this.#finalLoss,
    });
  }

  #toResult(stopped: MinimizeResult['stopped']): MinimizeResult {
    const { optimizer, confine } = this.#options;
    this.#evaluator.stop();
    this.#speculation?.discard();
    const finalPosition = new Float64Array(optimizer.position.length);
    confine(optimizer.position, finalPosition);
    const state = this.#toState();
    this.#files?.write(this.#evaluations, state);
    const { evaluations, gradients, discarded, notFinite } = state;
    const counts = { evaluations, gradients, discarded, notFinite };
    const bestPosition = this.#bestPosition.slice();
    const bestLoss = this.#bestLoss;
    const finalLoss = this.#finalLoss ?? Number.NaN;
    return { bestPosition, bestLoss, finalPosition, finalLoss, ...counts, stopped, state };
  }

  get #keepsRows(): boolean {
    return this.#files !== null || this.#options.onEvaluation !== undefined;
  }

  /** Writes down the evaluations of a step that the optimizer was told. */
  #addRows(
    points: readonly Point[],
    evaluations: readonly PointEvaluation[],
    lastKind: 'start' | 'final' | null,
    best: number,
  ): void {
    const { optimizer, onEvaluation, tableTime } = this.#options;
    const first = this.#evaluations - points.length;
    const outcome = optimizer.outcome ?? null;
    const ended = { step: this.#step, first, points, evaluations, lastKind, outcome, best };
    const rows = toRows(ended, tableTime);
    if (onEvaluation !== undefined) for (const row of rows) onEvaluation(row);
    this.#files?.append(rows);
  }

  #write(): void {
    this.#files?.write(this.#evaluations, this.#toState());
  }

  get #discarded(): number {
    return this.#discardedBefore + (this.#speculation?.discarded ?? 0);
  }
}

/** Awaits a promise; returns null as soon as the signal aborts. */
async function untilAborted<T>(pending: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> {
  if (signal === undefined) return await pending;
  pending.catch(() => undefined); // a rejection after the abort must not go unhandled
  if (signal.aborted) return null;
  const { promise: aborted, resolve } = Promise.withResolvers<null>();
  const giveUp = (): void => resolve(null);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
