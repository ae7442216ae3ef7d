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
  EngineMemory,
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
import type { MeanMixing } from '../src/search/mean-mixing.ts';
import type { Genotype } from '../src/space/genotype.ts';

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

export interface SupernetHealth extends EngineMemory {
  /** Calls answered since the start. */
  readonly calls: number;
  /** Calls of `losses` that were evaluated together with another one. */
  readonly coalesced: number;
  /** Milliseconds the engine spent on steps: `weightsStep`, `mixingGradient` and `losses`. */
  readonly busyMs: number;
}

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

// ------------------------------------------------------------------------------------ what a run reports

/** What a run tells whoever started it, in order; `Epoch` and `Done` are the job's own. */
export type RunEvent<Epoch, Done> =
  | StartedEvent
  | {
      readonly event: 'step';
      readonly step: number;
      readonly steps: number;
      readonly kind: string;
      readonly loss: number;
    }
  | Epoch
  | CoordinatorReport
  | PausedEvent
  | Done;

/** What the coordinator itself reports, whatever the job. */
export type CoordinatorReport =
  /** The run goes on, but something about it is not as expected: one sentence. */
  | { readonly event: 'warning'; readonly message: string }
  | { readonly event: 'checkpoint'; readonly step: number }
  /** The supernet process was lost, and replaced from the checkpoint of a step. */
  | { readonly event: 'recovered'; readonly step: number; readonly cause: string };

export type SearchEvent = RunEvent<EpochEvent, DoneEvent>;
export type RetrainingEvent = RunEvent<RetrainingEpochEvent, RetrainedEvent>;

/** A checkpoint has been written, and the run can be resumed. */
export interface PausedEvent {
  readonly event: 'paused';
  readonly step: number;
  readonly run: string;
}

export interface StartedEvent {
  readonly event: 'started';
  readonly run: string;
  /** Step it starts from: 0, or that of the checkpoint resumed. */
  readonly step: number;
  readonly steps: number;
  readonly engine: EngineDescription;
  /** Weights of the network, and multiply-adds of one picture through it. */
  readonly parameters: number;
  readonly macs: number;
  readonly memoryBytes: number;
  /** A rough guess from earlier measurements, null where there are none; the bar's own comes from this run. */
  readonly expectedSeconds: number | null;
}

/** A line of `metrics.jsonl`, whatever the job. */
interface EpochLine {
  readonly event: 'epoch';
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  /** Means over the epoch's weights steps, in training mode. */
  readonly weights: { readonly loss: number; readonly accuracy: number; readonly gradientNorm: number };
  readonly pool: { readonly utilization: number; readonly queueWaitMs: number; readonly deaths: number };
  readonly supernet: SupernetHealth;
  /** Wall-clock seconds of its steps, and the share of them that was not spent inside the engine. */
  readonly seconds: number;
  readonly overhead: number;
}

/** Of a search. */
export interface EpochEvent extends EpochLine {
  readonly concentration: number;
  /** The epoch's steps on alpha: mean losses (with regularizer), and what became of the proposals. */
  readonly alpha: AlphaSummary;
  /** On the alpha split, with running statistics. */
  readonly validation: Accuracy;
  readonly meanMixing: MeanMixing;
  readonly noise: Noise | null;
}

/** Of a retraining. */
export interface RetrainingEpochEvent extends EpochLine {
  readonly learningRate: number;
  /** Chance that drop-path left an operation out. */
  readonly dropProbability: number;
  /** On pictures of the test set, with running statistics. */
  readonly test: Accuracy;
  /** Pictures trained a second, measuring and checkpoints left out. */
  readonly imagesPerSecond: number;
}

export interface AlphaSummary {
  readonly localSteps: number;
  readonly globalSteps: number;
  readonly accepted: number;
  readonly returned: number;
  /** Mean loss over the steps, null where there was none; not finite, and so null in the record, where one was not. */
  readonly loss: number | null;
}

export interface Accuracy {
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  /** Share of pictures classified right. */
  readonly accuracy: number;
  readonly pictures: number;
}

/** The noises that decide which acceptance rule fits, in nats of the loss. */
export interface Noise {
  /** Standard deviation over mini-batches of the loss at one alpha. */
  readonly offset: number;
  /** Standard deviation over mini-batches of the difference between two alphas on the same mini-batch. */
  readonly paired: number;
  /** Mean absolute difference that moving one coordinate makes. */
  readonly effect: number;
}

export interface DoneEvent {
  readonly event: 'done';
  readonly genotype: Genotype;
  readonly valid: { readonly normal: boolean; readonly reduce: boolean };
  /** Why a cell is invalid; null where it is valid. */
  readonly reasons: { readonly normal: string | null; readonly reduce: string | null };
  /** SHA-256 of the final alphas' bytes (float64, little-endian). */
  readonly alphaDigest: string;
  /** Of the supernet, as a share of pictures. */
  readonly searchAccuracy: { readonly train: number; readonly validation: number; readonly test: number };
  readonly run: string;
}

/** How a retraining ended: what `result.json` holds. */
export interface RetrainedEvent {
  readonly event: 'done';
  readonly genotype: Genotype;
  /** On the whole test set, with running statistics. */
  readonly test: Accuracy;
  /** Weights, and multiply-adds of one picture, of the network that was tested: without the auxiliary head. */
  readonly parameters: number;
  readonly macs: number;
  /** SHA-256 of the final weights and running statistics (float32, little-endian, in the order of their names). */
  readonly weightsDigest: string;
  readonly run: string;
}
