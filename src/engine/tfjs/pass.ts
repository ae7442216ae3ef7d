import * as tf from '@tensorflow/tfjs';
import type { BatchNormSpec, CellKind, MixedEdge, Operation, WeightSpec } from '../../network/block-graph.ts';
import type { MixingWeights } from '../engine.ts';
import type { KeptKinks } from './kept-kinks.ts';
import type { NetworkTensors, WeightRole } from './network-tensors.ts';
import { Tape, Value } from './tape.ts';
import type { TensorKernels } from './tensor-kernels.ts';

/** Purpose of a pass. */
export interface PassOptions {
  /** `batch` normalizes by the mini-batch, `running` by the running statistics. */
  readonly statistics: 'batch' | 'running';
  /** Gradients that will be asked for. */
  readonly gradients: 'none' | 'mixing' | 'weights' | 'both';
  /** Whether an auxiliary head is run. */
  readonly auxiliary: boolean;
  /** Drop-path's factors of the pictures, `[batch]`, for what it may drop; empty if it drops nothing. */
  readonly drops: ReadonlyMap<Operation | MixedEdge, Float32Array>;
  /** Kinks to keep, or to hold to; null if neither. */
  readonly kinks: { readonly mode: 'keep' | 'hold'; readonly kept: KeptKinks } | null;
  /** Numbers of the channels that each edge mixes; empty if all mix the first. */
  readonly channels: ReadonlyMap<MixedEdge, Uint16Array>;
  /** What each operation `noise` gives. */
  readonly noise: ReadonlyMap<Operation, tf.Tensor4D>;
}

/** Inner products of a node's gradient with the outputs of its operations: the gradient in its mixing weights. */
export interface MixingProducts {
  readonly cellKind: CellKind;
  /** Positions in the cell's flat matrix, one a product. */
  readonly positions: readonly number[];
  readonly products: tf.Tensor1D;
  readonly scale: number;
}

/** Statistics of a mini-batch at one batch norm, still on the backend. */
export interface BatchMoments {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
  /** Values that each channel's statistics were taken over. */
  readonly count: number;
}

/** One run of the network on one mini-batch: the values made so far, and those to be read at its end. */
export class Pass {
  readonly tensors: NetworkTensors;
  readonly mixing: MixingWeights;
  readonly options: PassOptions;
  readonly tape: Tape;
  /** Outputs of the blocks, by name. */
  readonly values = new Map<string, Value>();
  readonly mixingProducts: MixingProducts[] = [];
  readonly weightGradients: { spec: WeightSpec; role: WeightRole; tensor: tf.Tensor; scale: number }[] = [];
  /** Statistics of the mini-batch at each batch norm. */
  readonly moments = new Map<string, BatchMoments>();
  readonly #momentsOf = new WeakMap<Value, BatchMoments>();
  readonly #shared = new Map<string, Value>();

  constructor(tensors: NetworkTensors, kernels: TensorKernels, mixing: MixingWeights, options: PassOptions) {
    this.tensors = tensors;
    this.mixing = mixing;
    this.options = options;
    this.tape = new Tape(kernels, options.gradients !== 'none');
  }

  get kernels(): TensorKernels {
    return this.tape.kernels;
  }

  /** An output of a block, or what is shared under a key. */
  value(name: string): Value {
    const value = this.values.get(name) ?? this.#shared.get(name);
    if (!value) throw new RangeError(`the network has made no value ${name}`);
    return value;
  }

  /** Makes once what several edges need of one value: its first channels, its ReLU, its pools. */
  shared(key: string, make: () => Value): Value {
    const known = this.#shared.get(key);
    if (known) return known;
    const value = make();
    if (!this.tape.recording) tf.keep(value.tensor);
    this.#shared.set(key, value);
    return value;
  }

  /** Forgets what was shared, at the end of a cell. */
  releaseShared(): void {
    if (!this.tape.recording) for (const { tensor } of this.#shared.values()) tensor.dispose();
    this.#shared.clear();
  }

  /** Makes a value. Its intermediate tensors are freed at once if no gradient will need them. */
  scoped(make: () => Value): Value {
    return this.tape.recording ? make() : new Value(tf.tidy(() => make().tensor));
  }

  /** Frees a value that no operator reads any more, if no gradient will need it. */
  release(value: Value): void {
    if (!this.tape.recording) value.tensor.dispose();
  }

  addWeightGradient(spec: WeightSpec, role: WeightRole, scale: number, make: () => tf.Tensor): void {
    if (this.options.gradients !== 'weights' && this.options.gradients !== 'both') return;
    this.weightGradients.push({ spec, role, tensor: tf.tidy(make), scale });
  }

  /** Notes what a batch norm made of the mini-batch, under its own name. */
  noteMoments(norm: BatchNormSpec, output: Value, moments: BatchMoments): void {
    this.moments.set(norm.name, moments);
    this.#momentsOf.set(output, moments);
  }

  /** Notes the same for a batch norm that shares its output with another. */
  repeatMoments(norm: BatchNormSpec, output: Value): void {
    const moments = this.#momentsOf.get(output);
    if (moments) this.moments.set(norm.name, moments);
  }
}
