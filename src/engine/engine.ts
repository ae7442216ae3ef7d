import type { CellKind } from '../network/block-graph.ts';
import type { SgdSettings } from './sgd.ts';

/**
 * The contract of an engine: it owns the weights of one block graph, their optimizer's velocity and the running
 * statistics, and runs the graph on mini-batches.
 *
 * Rules every engine keeps (the contract suite in `test/engine` checks them):
 * - Same state and same arguments, same bits, however calls are grouped.
 * - Calls run one after the other in the order in which they were made.
 * - `losses`, `forward` and `weightGradients` change nothing: no weight, no running statistic.
 * - `gradients` changes nothing but what its options name. The vectors that it and `weightsStep` keep, each as long as all
 *   weights together, and the kinks are no part of a network's state: `restore` forgets them, and a caller makes them anew in each
 *   iteration.
 * - `weightsStep` and `mixingGradient` update the running statistics, as a training-mode pass does in PyTorch.
 * - Arguments are only read, and not kept after the promise settles; results belong to the caller.
 */
export interface Engine {
  readonly description: EngineDescription;

  /**
   * Makes one step of SGD on w: gradient of the mean cross-entropy, clipped, with momentum and weight decay (eq. 11).
   * If the network has an auxiliary head, `auxiliaryWeight` times the head's cross-entropy is added.
   */
  weightsStep(miniBatch: MiniBatch, mixing: MixingWeights, settings: WeightsStepSettings): Promise<WeightsStepResult>;

  /** Mean cross-entropy and its gradient in the mixing weights (from which eq. 12's gradient in alpha follows). */
  mixingGradient(miniBatch: MiniBatch, mixing: MixingWeights): Promise<MixingGradientResult>;

  /**
   * Loss and gradients of a supernet, also elsewhere than at its weights. At the defaults the result has the bits of
   * `mixingGradient`.
   *
   * @throws RangeError if a vector that `at` names was not kept, or a name is not to be kept
   */
  gradients(miniBatch: MiniBatch, mixing: MixingWeights, options?: GradientsOptions): Promise<MixingGradientResult>;

  /**
   * L2 norm of a vector, summed in the order of the weights.
   *
   * @throws RangeError if it was not kept
   */
  vectorNorm(vector: string): Promise<number>;

  /**
   * Cosines of the angles between two vectors, operation by operation: an operation's tensors are one vector (OLES, Jiang et
   * al. 2023). By the operation's name, `cells.I.edges.E.PRIMITIVE`; operations without weights are left out. 0 if either
   * part is 0.
   *
   * @param one name of a vector, or a sum of some
   * @throws RangeError if a vector was not kept
   */
  operationCosines(one: string | VectorSum, other: string | VectorSum): Promise<Record<string, number>>;

  /**
   * Losses of several candidates on one mini-batch, with batch statistics. Pure: a candidate's loss does not depend
   * on which others are asked with it.
   */
  losses(
    miniBatch: MiniBatch,
    candidates: readonly MixingWeights[],
    options: { readonly perExample: boolean },
  ): Promise<CandidateLoss[]>;

  /**
   * Logits of a mini-batch, and the activations asked for by value name.
   *
   * @param statistics `batch` normalizes by the mini-batch (training), `running` by the running statistics
   */
  forward(
    miniBatch: MiniBatch,
    mixing: MixingWeights,
    options: { readonly statistics: 'batch' | 'running'; readonly activations?: readonly string[] },
  ): Promise<ForwardResult>;

  /** The gradient that a step on w goes by, before it is clipped, by name and in PyTorch's layout. */
  weightGradients(
    miniBatch: MiniBatch,
    mixing: MixingWeights,
    settings?: Pick<WeightsStepSettings, 'auxiliaryWeight'>,
  ): Promise<Record<string, Float32Array>>;

  /**
   * Makes ready for mini-batches of so many pictures: some engines take their memory beforehand.
   *
   * @throws OutOfMemoryError if there is not enough memory for them
   */
  prepare(pictures: number): Promise<void>;

  /** Copies of weights, velocity and running statistics, under the graph's names, in PyTorch's layout. */
  save(): Promise<NetworkState>;

  /**
   * Takes over weights, velocity and running statistics.
   *
   * @throws RangeError if a tensor of the graph is missing, has a wrong length, is unknown, or not finite
   */
  restore(state: NetworkState): Promise<void>;

  memory(): EngineMemory;

  dispose(): void;
}

/** Description of the engine that ran, for the run's record. */
export interface EngineDescription {
  readonly engine: 'tfjs' | 'cpu' | 'webgpu';
  readonly backend: string;
  /** Reason for this engine, and the engines tried before it, in one sentence. */
  readonly reason: string;
  readonly usesGpu: boolean;
  /** Threads that compute. */
  readonly threads: number;
  /**
   * Build of the engine's kernels: a digest, and the vector instructions it uses; the version of TensorFlow's library.
   * Another build may round differently. @default none: TensorFlow.js alone has a version instead
   */
  readonly build?: string;
  /** Environment variables of TensorFlow's library, which decide how it computes. @default none */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Pictures and their labels. */
export interface MiniBatch {
  /** `[batch, height, width, pictureChannels]`, row-major, normalized */
  readonly images: Float32Array;
  /** `[batch]`, class of each picture */
  readonly labels: Uint16Array;
  /**
   * Drop-path's factors, `[batch, columns of dropColumns]`: they multiply what each operation of a discrete cell, or each
   * mixed edge, makes of a picture, and are 0 for what is dropped. Only passes by batch statistics use them.
   * @default all 1
   */
  readonly drops?: Float32Array;
  /**
   * What the operations `noise` give, by any statistics; a network that has them needs it. A seed from 0 to 2^32 - 1 stands
   * for standard normal values: the same in every pass of the mini-batch, so passes that are to differ need other seeds.
   * Or the values themselves: those of each operation after the other in the order of `noiseShapes`,
   * `[batch, height, width, channels]` each.
   */
  readonly noise?: number | Float32Array;
  /**
   * The channels that edges mix, by any statistics; a network whose edges mix random ones needs it. A seed from 0 to 2^32 - 1
   * stands for a random choice: the same in every pass of the mini-batch. Or the numbers themselves: those of each edge after the
   * other in the order of `choosingEdges`, rising within an edge.
   */
  readonly channels?: number | Uint16Array;
}

/**
 * Relaxed alphas: a matrix `[edges, columns]` for each kind of cell, row-major; empty for a retrained network. Entries of
 * columns that an edge does not have are ignored, and their gradient is 0.
 */
export interface MixingWeights extends Readonly<Record<CellKind, Float32Array>> {
  /**
   * Whether columns of weight 0 are left out, which saves their work: the gradient in them is 0, and the running statistics
   * of their batch norms stay. Results are the same otherwise, but for rounding. @default false
   */
  readonly skipsZeros?: boolean;
}

/**
 * A point in the space of the weights: the sum of vectors times factors, by name. `weights` and `velocity` are the network's
 * own, the others those that were kept. Summed in float64, rounded once to float32; factors of 0 add nothing.
 */
export type VectorSum = Readonly<Record<string, number>>;

export interface GradientsOptions {
  /** Point at which the pass runs. @default { weights: 1 } */
  readonly at?: VectorSum;
  /** `batch` normalizes by the mini-batch, `running` by the running statistics, as constants. @default 'batch' */
  readonly statistics?: 'batch' | 'running';
  /** Whether the running statistics move, as in a training-mode pass; only by `batch`. @default false */
  readonly moves?: boolean;
  /** Name under which to keep the gradient in the weights, instead of what had it. @default none: it is not made */
  readonly weightsInto?: string;
  /**
   * `keep` keeps the kinks of this pass instead of those kept before: which inputs of ReLUs were above 0, and which of
   * max pools won. `hold` takes those kept last, so that the loss is smooth in weights and mixing weights: differences of
   * gradients are then products with its second derivatives. Only by batch statistics; those held must be of as many
   * pictures. @default 'free'
   */
  readonly kinks?: 'free' | 'keep' | 'hold';
}

export interface WeightsStepSettings extends SgdSettings {
  /**
   * Names of operations whose weights rest, as `operationCosines` has them: no step, no decay, no part in the norm that is
   * clipped, and their velocity stays. @default none
   */
  readonly resting?: readonly string[];
  /**
   * Name under which to keep the gradient in the weights as it was before it was clipped, with that of operations that rest,
   * instead of what had it. @default none
   */
  readonly weightsInto?: string;
  /** Weight of the auxiliary head's cross-entropy in the loss; only if there is a head. @default 0 */
  readonly auxiliaryWeight?: number;
}

export interface WeightsStepResult {
  /** Mean cross-entropy before the step, without the auxiliary head's, in nats. */
  readonly loss: number;
  /** Pictures whose largest logit is the label's. */
  readonly correct: number;
  /** L2 norm of the whole gradient before clipping. If it is not finite, no weight was moved. */
  readonly gradientNorm: number;
}

export interface MixingGradientResult {
  /** Mean cross-entropy, in nats: the same bits as that of `losses`. */
  readonly loss: number;
  /** `[batch]` cross-entropy of each picture. */
  readonly perExample: Float32Array;
  readonly correct: number;
  readonly gradient: MixingWeights;
}

export interface CandidateLoss {
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  /** Pictures whose largest logit is the label's. */
  readonly correct: number;
  /** `[batch]`, if asked for */
  readonly perExample?: Float32Array;
}

export interface ForwardResult {
  /** `[batch, classes]` */
  readonly logits: Float32Array;
  readonly loss: number;
  readonly correct: number;
  /** Each `[batch, height, width, channels]`. */
  readonly activations: Record<string, Float32Array>;
}

/** Everything an engine needs to continue as if it had never stopped. */
export interface NetworkState {
  readonly weights: Record<string, Float32Array>;
  /** SGD's momentum buffer, one for each weight; empty before the first step. */
  readonly velocity: Record<string, Float32Array>;
  /** `NORM.mean` and `NORM.variance` for every batch norm; may be left empty for those before any pass (0 and 1). */
  readonly statistics: Record<string, Float32Array>;
}

export interface EngineMemory {
  /** Bytes the engine holds (a heap that never shrinks counts whole). */
  readonly bytes: number;
  /** Tensors alive: flat from step to step. */
  readonly tensors: number;
}

/** The engine cannot hold the network at this batch size. The message names the need and the limit. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';
}

/** The GPU that an engine computed on is gone, and the engine with it. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError';
}

/** This machine cannot run the backend asked for. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
}

/** A backend of TensorFlow.js. Declared here, so that naming one loads no types of TensorFlow.js. */
export type Backend = 'tensorflow' | 'wasm' | 'cpu';
