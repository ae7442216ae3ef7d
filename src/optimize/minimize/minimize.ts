import { setImmediate as breathe } from 'node:timers/promises';
import { AlternatingOptimizer } from '../dscd/alternating-optimizer.ts';
import type { Point, PointEvaluation } from '../optimizer.ts';
import { cutOff, Evaluator, Failure, type Seen } from './evaluate.ts';
import {
  type Minimizable,
  type MinimizeOptions,
  type MinimizeProgress,
  type MinimizeResult,
  type MinimizeState,
  type ResolvedMinimizeOptions,
  resolveMinimizeOptions,
} from './minimize-options.ts';
import { ObjectiveError } from './objective-error.ts';
import { Speculation } from './speculation.ts';

/** Milliseconds that a run goes on without letting anything else happen. */
const BREATH_MS = 50;

/**
 * Minimizes a function by any of the optimizers, within a budget of evaluations.
 *
 *     const { bestPosition, bestLoss } = await minimize((x) => x[0] ** 2 + x[1] ** 2, { coordinates: 2, evaluations: 1000 });
 *
 * The same seed gives the same run, bit for bit, however many evaluations are under way at once.
 *
 * @throws RangeError where an option breaks its rule, or the objective lacks what the method needs
 * @throws ObjectiveError where the objective throws or rejects, or its answer is no evaluation
 */
export async function minimize(objective: Minimizable, options: MinimizeOptions): Promise<MinimizeResult> {
  return await new Run(resolveMinimizeOptions(objective, options)).run();
}

/** A run: asks the optimizer, has its points evaluated, counts, and tells. */
class Run {
  readonly #options: ResolvedMinimizeOptions;
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
  /** Smallest finite loss of the last step. */
  #loss = Number.NaN;

  constructor(options: ResolvedMinimizeOptions) {
    const { objective, optimizer, bounds, speculative, resume } = options;
    const concurrency = options.concurrency;
    this.#options = options;
    this.#evaluator = new Evaluator(objective, optimizer.position.length, bounds, concurrency);
    const ahead = Math.min(speculative, concurrency - 1);
    this.#discardedBefore = resume?.discarded ?? 0;
    this.#speculation = ahead > 0 ? new Speculation(optimizer, this.#evaluator, ahead) : null;
    this.#step = resume?.step ?? 0;
    this.#evaluations = resume?.evaluations ?? 0;
    this.#gradients = resume?.gradients ?? 0;
    this.#notFinite = resume?.notFinite ?? 0;
    this.#bestPosition = new Float64Array(optimizer.position.length);
    cutOff(resume?.bestPosition ?? optimizer.position, bounds, this.#bestPosition);
    this.#bestLoss = resume?.bestLoss ?? Infinity;
    this.#finalLoss = resume?.finalLoss ?? null;
  }

  async run(): Promise<MinimizeResult> {
    const { optimizer, evaluations: budget, target, onProgress, signal } = this.#options;
    let breathedAt = performance.now();
    for (;;) {
      if (signal?.aborted) return this.#toResult('aborted');
      if (this.#bestLoss <= target) break;
      const left = budget - 1 - this.#evaluations; // the last one is for the final position
      if (left < 1) break;
      const points = optimizer.ask(this.#evaluations / budget);
      if (points.length > left) break;
      const pending = this.#evaluate(points, left);
      const seen = pending instanceof Promise ? await untilAborted(pending, signal) : pending;
      if (seen === null) return this.#toResult('aborted');
      optimizer.tell(this.#count(points, seen));
      this.#step++;
      this.#finalLoss = null;
      if (onProgress !== undefined) onProgress(this.#toProgress());
      if (performance.now() - breathedAt > BREATH_MS) {
        await breathe();
        breathedAt = performance.now();
      }
    }
    return await this.#finish();
  }

  #evaluate(points: readonly Point[], left: number): Seen[] | Promise<Seen[]> {
    if (this.#speculation === null) return this.#evaluator.evaluateAll(points, this.#step);
    const { evaluations: budget } = this.#options;
    const progressAfter = (evaluations: number): number => (this.#evaluations + evaluations) / budget;
    return this.#speculation.evaluate(points, this.#step, left, progressAfter);
  }

  /** Spends the last evaluation on the final position, unless a run that was resumed had already. */
  async #finish(): Promise<MinimizeResult> {
    const { optimizer, signal } = this.#options;
    this.#speculation?.discard();
    if (this.#finalLoss === null) {
      const point = { position: optimizer.position.slice(), gradient: false, perExample: false };
      const pending = this.#evaluator.evaluateAll([point], this.#step);
      const seen = pending instanceof Promise ? await untilAborted(pending, signal) : pending;
      if (seen === null) return this.#toResult('aborted');
      this.#finalLoss = (this.#count([point], seen)[0] as PointEvaluation).loss;
    }
    return this.#toResult(this.#bestLoss <= this.#options.target ? 'target' : 'budget');
  }

  /**
   * Counts what was seen of a step, and keeps the best of it.
   *
   * @throws ObjectiveError where an evaluation failed; none is counted then
   */
  #count(points: readonly Point[], seen: Seen[]): readonly PointEvaluation[] {
    for (let i = 0; i < points.length; i++) {
      const one = seen[i];
      if (!(one instanceof Failure)) continue;
      this.#speculation?.discard();
      throw new ObjectiveError(one.position, one.cause, this.#toState());
    }
    this.#loss = Number.NaN;
    for (let i = 0; i < points.length; i++) {
      const { loss } = seen[i] as PointEvaluation;
      const { position, gradient } = points[i] as Point;
      this.#evaluations++;
      if (gradient) this.#gradients++;
      if (!Number.isFinite(loss)) {
        this.#notFinite++;
        continue;
      }
      if (!(loss >= this.#loss)) this.#loss = loss;
      if (loss < this.#bestLoss) {
        this.#bestLoss = loss;
        cutOff(position, this.#options.bounds, this.#bestPosition);
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
      outcome: optimizer instanceof AlternatingOptimizer ? optimizer.outcome : null,
      save: this.#save,
    };
  }

  #toState(): MinimizeState {
    return {
      method: this.#options.method,
      optimizer: this.#options.optimizer.save(),
      step: this.#step,
      evaluations: this.#evaluations,
      gradients: this.#gradients,
      discarded: this.#discarded,
      notFinite: this.#notFinite,
      bestPosition: this.#bestPosition.slice(),
      bestLoss: this.#bestLoss,
      finalLoss: this.#finalLoss,
    };
  }

  #toResult(stopped: MinimizeResult['stopped']): MinimizeResult {
    const { optimizer, bounds } = this.#options;
    this.#evaluator.stop();
    this.#speculation?.discard();
    const finalPosition = new Float64Array(optimizer.position.length);
    cutOff(optimizer.position, bounds, finalPosition);
    const state = this.#toState();
    const { bestLoss, evaluations, gradients, discarded, notFinite } = state;
    const counts = { evaluations, gradients, discarded, notFinite };
    const bestPosition = this.#bestPosition.slice();
    return {
      bestPosition,
      bestLoss,
      finalPosition,
      finalLoss: this.#finalLoss ?? Number.NaN,
      ...counts,
      stopped,
      state,
    };
  }

  get #discarded(): number {
    return this.#discardedBefore + (this.#speculation?.discarded ?? 0);
  }
}

/** Waits for a promise, or for the signal: null then. */
async function untilAborted<T>(pending: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> {
  if (signal === undefined) return await pending;
  pending.catch(() => undefined); // of what is given up, nobody hears any more
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
