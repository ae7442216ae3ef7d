/**
 * Every message of the system. There are three conversations:
 * - client and supernet process: `SupernetCalls`, framed msgpackr over a private socket (`codec.ts`);
 * - coordinator and pool: `PoolTask` and `TaskReport`, by structured clone;
 * - owner and machine: `CoordinatorEvent`.
 */

import type { EngineOptions } from '../src/engine/create-engine.ts';
import type {
  CandidateLoss,
  EngineDescription,
  GradientsOptions,
  MiniBatch,
  MixingGradientResult,
  MixingWeights,
  NetworkState,
  VectorSum,
  WeightsStepResult,
  WeightsStepSettings,
} from '../src/engine/engine.ts';
import type { RetrainedNetworkOptions } from '../src/network/retrained-network.ts';
import type { SupernetOptions } from '../src/network/supernet.ts';
import type { Evaluation, Proposal } from '../src/optimize/dscd/step.ts';
import type { SupernetHealth } from '../src/record/metrics-line.ts';
import type { StageObjective } from '../src/search/search-objective.ts';

/** Version of the messages, raised whenever one changes its meaning. Both ends must agree. */
export const PROTOCOL_VERSION = 5;

/** Longest frame either end accepts, in bytes: far above a full supernet's state, far below exhausting memory. */
export const MAX_FRAME_BYTES = 256 * 1024 * 1024;

/** Identity of a mini-batch: the same key always means the same pixels. Iterations and indices count from 0. */
export type MiniBatchKey =
  | { readonly use: 'search'; readonly split: 'weights' | 'alpha'; readonly iteration: number }
  | { readonly use: 'retraining'; readonly iteration: number }
  | { readonly use: 'evaluation'; readonly split: EvaluationSplit; readonly index: number };

/**
 * Pictures that an accuracy is measured on. A search measures on each half of the training set and on the test set. A
 * retraining measures on a sample of the test set after each epoch, and on the whole test set at its end.
 */
export type EvaluationSplit = 'weights' | 'alpha' | 'test' | 'sample';

/** Name under which the supernet keeps a mini-batch: its key as text. */
export function miniBatchName(key: MiniBatchKey): string {
  switch (key.use) {
    case 'search':
      return `search/${key.split}/${key.iteration}`;
    case 'retraining':
      return `retraining/${key.iteration}`;
    case 'evaluation':
      return `evaluation/${key.split}/${key.index}`;
  }
}

// ---------------------------------------------------------------------------------------------- supernet

/** Settings of a supernet, or of a retrained network in its place. The same settings make the same initial weights. */
export interface SupernetSettings {
  readonly network: SupernetOptions | RetrainedNetworkOptions;
  readonly engine: EngineOptions;
  /** Pictures in a mini-batch. The engine takes the memory for them when it opens. */
  readonly batch: number;
  /** Seed of the initial weights. */
  readonly seed: number;
}

/** An engine that is open. */
export interface OpenedEngine extends EngineDescription {
  /** Bytes that it has taken; null if the engine takes memory as it goes. */
  readonly memoryBytes: number | null;
  /** Of the numbers that it computes on this machine (`fingerprintEngine`). */
  readonly fingerprint: string;
}

/** Arguments and result of each call of the supernet process. */
export interface SupernetCalls {
  /** Comes first on every connection. */
  hello: { arguments: { readonly protocol: number }; result: { readonly protocol: number; readonly pid: number } };
  /** Builds the engine with fresh weights. Allowed once. */
  open: { arguments: SupernetSettings; result: OpenedEngine };
  /** Hands over a mini-batch ahead of need. The supernet drops the oldest of too many. */
  putMiniBatch: { arguments: { readonly name: string; readonly miniBatch: MiniBatch }; result: null };
  weightsStep: {
    arguments: {
      readonly miniBatchName: string;
      readonly mixing: MixingWeights;
      readonly settings: WeightsStepSettings;
    };
    result: WeightsStepResult;
  };
  mixingGradient: {
    arguments: { readonly miniBatchName: string; readonly mixing: MixingWeights };
    result: MixingGradientResult;
  };
  gradients: {
    arguments: {
      readonly miniBatchName: string;
      readonly mixing: MixingWeights;
      readonly options?: GradientsOptions;
    };
    result: MixingGradientResult;
  };
  vectorNorm: { arguments: { readonly vector: string }; result: number };
  operationCosines: {
    arguments: { readonly one: string | VectorSum; readonly other: string | VectorSum };
    result: Readonly<Record<string, number>>;
  };
  /** Evaluates candidates, which share work. Calls that wait for the same mini-batch are evaluated together. */
  losses: {
    arguments: {
      readonly miniBatchName: string;
      readonly candidates: readonly MixingWeights[];
      readonly perExample: boolean;
    };
    result: CandidateLoss[];
  };
  /** Measures mean cross-entropy and correct pictures in evaluation mode (running statistics). */
  accuracy: {
    arguments: {
      readonly miniBatchName: string;
      readonly mixing: MixingWeights;
      /** Whether the logits are wanted too. @default false */
      readonly logits?: boolean;
    };
    result: {
      readonly loss: number;
      readonly correct: number;
      /** `[pictures, classes]`, if asked for */
      readonly logits?: Float32Array;
    };
  };
  save: { arguments: null; result: NetworkState };
  restore: { arguments: NetworkState; result: null };
  /**
   * Reports the health. The answer comes on arrival, before calls that wait, unless the engine computes in the
   * process's own thread: then the call arrives once the step ends.
   */
  health: { arguments: null; result: SupernetHealth };
}

export type SupernetCall = keyof SupernetCalls;

/** A call on the wire. */
export type SupernetRequest = {
  [C in SupernetCall]: { readonly id: number; readonly call: C; readonly arguments: SupernetCalls[C]['arguments'] };
}[SupernetCall];

/** Reason why a call failed. `unknown-mini-batch` asks the caller to put the mini-batch and call again. */
export type SupernetErrorCode =
  | 'protocol'
  | 'bad-request'
  | 'unknown-mini-batch'
  | 'backend'
  | 'out-of-memory'
  | 'engine';

/** An answer on the wire. Id 0 answers no call: the connection itself was at fault, and closes. */
export type SupernetReply =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly code: SupernetErrorCode; readonly message: string };

// ------------------------------------------------------------------------------------------------- pool

/** Work for a worker thread. Every task is pure: it may run again, on any thread, with the same result. */
export type PoolTask =
  | ({ readonly kind: 'prepare' } & PrepareTask)
  | ({ readonly kind: 'evaluate' } & EvaluateTask)
  | ({ readonly kind: 'losses' } & LossesTask)
  | ({ readonly kind: 'accuracy' } & AccuracyTask);

/** Makes a mini-batch and hands it to the supernet. */
export interface PrepareTask {
  /** Address of the supernet. */
  readonly address: string;
  readonly key: MiniBatchKey;
}

/** Evaluates proposals from one position on one mini-batch. */
export interface EvaluateTask extends PrepareTask {
  /** Alpha, flat, `[coordinates]`. */
  readonly position: Float64Array;
  readonly proposals: readonly Proposal[];
  /** Whether the position itself is evaluated too. */
  readonly base: boolean;
  readonly perExample: boolean;
  /** Share of the search that is over, from 0 to 1: the regularizer may depend on it. */
  readonly progress: number;
  /** What the search's stage changes in the objective. @default nothing */
  readonly stage?: StageObjective;
}

/** Measures the losses of mixing weights on one mini-batch, by batch statistics; nothing moves. */
export interface LossesTask extends PrepareTask {
  readonly candidates: readonly MixingWeights[];
}

/** Measures the accuracy on one mini-batch for evaluation. */
export interface AccuracyTask extends PrepareTask {
  readonly mixing: MixingWeights;
  /** Whether the prediction of each picture is wanted too. @default false */
  readonly predictions?: boolean;
}

/** Losses of an `EvaluateTask`, regularizer included. */
export interface EvaluateResult {
  /** Evaluation at the position; null if the task did not ask for it. */
  readonly base: Evaluation | null;
  /** Evaluations in the order of the task's proposals. */
  readonly proposals: readonly Evaluation[];
}

/** Sums of an `AccuracyTask` over the pictures of its mini-batch. */
export interface AccuracyResult {
  readonly loss: number;
  readonly correct: number;
  readonly pictures: number;
  /** If asked for. */
  readonly predictions?: Predictions;
}

/** What a network takes pictures for, in their order. */
export interface Predictions {
  /** `[pictures]` likeliest class: the first of equal ones */
  readonly classes: Uint16Array;
  /** `[pictures]` probability of that class; 0 where a logit is not a number */
  readonly probabilities: Float64Array;
}

/** A worker's report of a task. Errors travel as data, because threads strip their classes. */
export type TaskReport<T> = { readonly startedAt: number; readonly busyMs: number } & (
  | { readonly ok: true; readonly result: T }
  | { readonly ok: false; readonly code: SupernetErrorCode | 'lost' | 'task'; readonly message: string }
);

// ------------------------------------------------------------------------------------------- coordinator

/** A request to the coordinator from its owner. */
export type CoordinatorEvent =
  /** Stops after the step in progress and writes a checkpoint. A run that is finishing stops at once. */
  | { readonly type: 'pause' }
  /** Goes on after a pause. */
  | { readonly type: 'resume' }
  /** Asks for a checkpoint after the step in progress. */
  | { readonly type: 'checkpoint' };
