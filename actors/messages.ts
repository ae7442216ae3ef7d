/**
 * Every message of the system, in one place. Three conversations:
 * - client and supernet process: `SupernetCalls`, framed msgpackr over a private socket (`codec.ts`);
 * - coordinator and pool: `PoolTask` and `PoolResult`, through Piscina's structured clone;
 * - machine and its surroundings: `CoordinatorEvent`.
 */

import type { EngineOptions } from '../src/engine/create-engine.ts';
import type {
  CandidateLoss,
  EngineDescription,
  MiniBatch,
  MixingGradientResult,
  MixingWeights,
  NetworkState,
  WeightsStepResult,
  WeightsStepSettings,
} from '../src/engine/engine.ts';
import type { RetrainedNetworkOptions } from '../src/network/retrained-network.ts';
import type { SupernetOptions } from '../src/network/supernet.ts';
import type { Evaluation, Proposal } from '../src/optimize/dscd/step.ts';
import type { SupernetHealth } from '../src/record/metrics-line.ts';

/** Raised whenever a message changes its meaning; both ends must agree. */
export const PROTOCOL_VERSION = 1;

/** Longest frame either end accepts, in bytes: far above a full supernet's state, far below exhausting memory. */
export const MAX_FRAME_BYTES = 256 * 1024 * 1024;

/** Which pictures a mini-batch holds: the same key always means the same pixels. */
export type MiniBatchKey =
  | { readonly use: 'search'; readonly split: 'weights' | 'alpha'; readonly step: number }
  | { readonly use: 'retraining'; readonly step: number }
  | { readonly use: 'evaluation'; readonly split: EvaluationSplit; readonly index: number };

/**
 * What accuracies are measured on: pictures of a half of the training set, or of the test set; of a retraining, the
 * whole test set at its end, and a sample of it after each epoch.
 */
export type EvaluationSplit = 'weights' | 'alpha' | 'test' | 'sample';

/** A key as text: the name under which the supernet keeps the mini-batch. */
export function batchName(key: MiniBatchKey): string {
  switch (key.use) {
    case 'search':
      return `search/${key.split}/${key.step}`;
    case 'retraining':
      return `retraining/${key.step}`;
    case 'evaluation':
      return `evaluation/${key.split}/${key.index}`;
  }
}

// ---------------------------------------------------------------------------------------------- supernet

/** How a supernet, or a retrained network in its place, is built; the same settings make the same initial weights. */
export interface SupernetSettings {
  readonly network: SupernetOptions | RetrainedNetworkOptions;
  readonly engine: EngineOptions;
  /** Pictures of a mini-batch: its memory is taken at once. */
  readonly batch: number;
  /** Seed of the initial weights. */
  readonly seed: number;
}

/** An engine, and the bytes that it has taken; null where they are not known beforehand. */
export interface OpenedEngine extends EngineDescription {
  readonly memoryBytes: number | null;
}

/** What can be asked of the supernet process: arguments and result of each call. */
export interface SupernetCalls {
  /** Always first. */
  hello: { arguments: { readonly protocol: number }; result: { readonly protocol: number; readonly pid: number } };
  /** Builds the engine with fresh weights. Once a process. */
  open: { arguments: SupernetSettings; result: OpenedEngine };
  /** Hands over a mini-batch ahead of need; the oldest of too many is dropped. */
  putBatch: { arguments: { readonly name: string; readonly batch: MiniBatch }; result: null };
  weightsStep: {
    arguments: { readonly batch: string; readonly mixing: MixingWeights; readonly settings: WeightsStepSettings };
    result: WeightsStepResult;
  };
  mixingGradient: {
    arguments: { readonly batch: string; readonly mixing: MixingWeights };
    result: MixingGradientResult;
  };
  /** Calls that wait together for one mini-batch are evaluated together. */
  losses: {
    arguments: {
      readonly batch: string;
      readonly candidates: readonly MixingWeights[];
      readonly perExample: boolean;
    };
    result: CandidateLoss[];
  };
  /** Loss and correct pictures in evaluation mode (running statistics). */
  accuracy: {
    arguments: { readonly batch: string; readonly mixing: MixingWeights };
    result: { readonly loss: number; readonly correct: number };
  };
  save: { arguments: null; result: NetworkState };
  restore: { arguments: NetworkState; result: null };
  /**
   * Health: answered on arrival, before calls that wait. An engine that computes in the process's own thread lets
   * nothing arrive before its step ends.
   */
  health: { arguments: null; result: SupernetHealth };
}

export type SupernetCall = keyof SupernetCalls;

/** A call on the wire. */
export type SupernetRequest = {
  [C in SupernetCall]: { readonly id: number; readonly call: C; readonly arguments: SupernetCalls[C]['arguments'] };
}[SupernetCall];

/** Why a call failed. `unknown-batch` asks the caller to put the mini-batch and call again. */
export type SupernetErrorCode = 'protocol' | 'bad-request' | 'unknown-batch' | 'backend' | 'out-of-memory' | 'engine';

/** Its answer. Id 0 answers no call: the connection itself was at fault, and closes. */
export type SupernetReply =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly code: SupernetErrorCode; readonly message: string };

// ------------------------------------------------------------------------------------------------- pool

/** Work for a worker thread. Every task is pure: it may be run again, anywhere, with the same result. */
export type PoolTask = { readonly address: string } & (
  | { readonly kind: 'prepare'; readonly key: MiniBatchKey }
  | EvaluateTask
  | { readonly kind: 'accuracy'; readonly key: MiniBatchKey; readonly mixing: MixingWeights }
);

/** Evaluate proposals from one position on one mini-batch. */
export interface EvaluateTask {
  readonly kind: 'evaluate';
  readonly key: MiniBatchKey;
  /** Alpha, flat. */
  readonly position: Float64Array;
  readonly proposals: readonly Proposal[];
  /** Whether the position itself is evaluated too. */
  readonly base: boolean;
  readonly perExample: boolean;
}

export interface EvaluateResult {
  readonly base: Evaluation | null;
  readonly proposals: readonly Evaluation[];
}

/** Sums over the pictures of the task. */
export interface AccuracyResult {
  readonly loss: number;
  readonly correct: number;
  readonly pictures: number;
}

export type PoolResult<T extends PoolTask['kind']> = T extends 'evaluate'
  ? EvaluateResult
  : T extends 'accuracy'
    ? AccuracyResult
    : null;

/** How a task went, as the worker reports it: errors travel as data, since threads strip their classes. */
export type TaskReport<T> = { readonly startedAt: number; readonly busyMs: number } & (
  | { readonly ok: true; readonly result: T }
  | { readonly ok: false; readonly code: SupernetErrorCode | 'lost' | 'task'; readonly message: string }
);

// ------------------------------------------------------------------------------------------- coordinator

/** Asked of the coordinator from outside. */
export type CoordinatorEvent =
  /** Stop after the step in progress, write a checkpoint, wait. While the run finishes: stop at once. */
  | { readonly type: 'pause' }
  /** Go on from where it was paused. */
  | { readonly type: 'resume' }
  /** A checkpoint is due: written after the step in progress. */
  | { readonly type: 'checkpoint' };
