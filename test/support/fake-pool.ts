import type {
  AccuracyResult,
  AccuracyTask,
  EvaluateResult,
  EvaluateTask,
  LossesTask,
  PrepareTask,
} from '../../actors/messages.ts';
import type { Pool, PoolStatistics } from '../../actors/pool/pool.ts';
import type { CandidateLoss } from '../../src/engine/engine.ts';

/** Answers of a pool. */
export interface PoolAnswers {
  prepare(task: PrepareTask): null;
  evaluate(task: EvaluateTask): EvaluateResult;
  measureLosses(task: LossesTask): CandidateLoss[];
  measureAccuracy(task: AccuracyTask): AccuracyResult;
}

/** A pool that answers as it is told, at once, and notes its tasks. Losses are 1 unless told. */
export class FakePool implements Pool {
  readonly workers: number;
  readonly prepared: PrepareTask[] = [];
  readonly evaluated: EvaluateTask[] = [];
  readonly compared: LossesTask[] = [];
  readonly measured: AccuracyTask[] = [];
  closed = false;
  readonly #answers: PoolAnswers;

  constructor(answers: Partial<PoolAnswers> = {}, workers = 1) {
    this.workers = workers;
    this.#answers = {
      prepare: () => null,
      evaluate: ({ base, proposals }) => ({
        base: base ? { loss: 1 } : null,
        proposals: proposals.map(() => ({ loss: 1 })),
      }),
      measureLosses: ({ candidates }) => candidates.map(() => ({ loss: 1, correct: 1 })),
      measureAccuracy: ({ predictions = false }) => ({
        ...{ loss: 2, correct: 1, pictures: 2 },
        ...(predictions && {
          predictions: { classes: Uint16Array.of(0, 1), probabilities: Float64Array.of(0.9, 0.6) },
        }),
      }),
      ...answers,
    };
  }

  async prepare(task: PrepareTask): Promise<null> {
    this.prepared.push(task);
    return this.#answers.prepare(task);
  }

  async evaluate(task: EvaluateTask): Promise<EvaluateResult> {
    this.evaluated.push(task);
    return this.#answers.evaluate(task);
  }

  async measureLosses(task: LossesTask): Promise<CandidateLoss[]> {
    this.compared.push(task);
    return this.#answers.measureLosses(task);
  }

  async measureAccuracy(task: AccuracyTask): Promise<AccuracyResult> {
    this.measured.push(task);
    return this.#answers.measureAccuracy(task);
  }

  takeStatistics(): PoolStatistics {
    return { tasks: 1, utilization: 0.5, queueWaitMs: 2, deaths: 0 };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
