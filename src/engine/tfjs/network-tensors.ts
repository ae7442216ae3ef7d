import * as tf from '@tensorflow/tfjs';
import type { BatchNormSpec, BlockGraph, WeightSpec } from '../../network/block-graph.ts';
import { BATCH_NORM } from '../../network/block-graph.ts';
import { weightSize } from '../../network/count.ts';
import type { NetworkState } from '../engine.ts';
import { fromTfjs, tfjsShape, toTfjs, type WeightRole } from './layout.ts';

/** Statistics of one batch norm over a mini-batch. */
export interface Moments {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  /** Values a channel they were taken over. */
  readonly count: number;
}

/** The gradient of one weight, still in the layout of TensorFlow.js. */
export interface WeightGradient {
  readonly spec: WeightSpec;
  readonly role: WeightRole;
  readonly values: Float32Array;
  readonly scale: number;
}

/**
 * A network's weights, velocity and running statistics: flat arrays in PyTorch's layout that the optimizer works
 * on, and the tensors made of them, each uploaded on first use after a change.
 */
export class NetworkTensors {
  readonly #graph: BlockGraph;
  readonly #offsets = new Map<string, number>();
  readonly #tensors = new Map<string, tf.Tensor>();
  readonly #statistics: Map<string, Float32Array>;
  /** All weights, in the graph's order. After writing to it call `changed`. */
  readonly weights: Float32Array;
  readonly velocity: Float32Array;
  #stepped = false;

  constructor(graph: BlockGraph) {
    this.#graph = graph;
    let size = 0;
    for (const spec of graph.weights) {
      this.#offsets.set(spec.name, size);
      size += weightSize(spec);
    }
    this.weights = new Float32Array(size);
    this.velocity = new Float32Array(size);
    this.#statistics = new Map(
      graph.norms.flatMap(({ name, channels }) => [
        [`${name}.mean`, new Float32Array(channels)],
        [`${name}.variance`, new Float32Array(channels).fill(1)],
      ]),
    );
  }

  /** A weight in the layout of TensorFlow.js. It belongs to this object. */
  tensor(spec: WeightSpec, role: WeightRole): tf.Tensor {
    return this.#cached(spec.name, () => tf.tensor(toTfjs(spec, role, this.#slice(spec)), tfjsShape(spec, role)));
  }

  /** The filter that carries a gradient back: transposed (1x1 convolution) or turned by 180 degrees (depthwise). */
  adjoint(spec: WeightSpec, role: WeightRole): tf.Tensor4D {
    return this.#cached(`${spec.name}, adjoint`, () => {
      if (role === 'depthwise') return turn(spec, this.#slice(spec));
      const [out = 1, within = 1] = spec.shape;
      // `[out, in]` read as `[1, 1, in', out']` with in' = out: no value moves.
      return tf.tensor4d(this.#slice(spec).slice(), [1, 1, out, within]);
    }) as tf.Tensor4D;
  }

  /** `[channels]` each: what a batch norm multiplies by and adds in evaluation mode. */
  runningScaleShift({ name }: BatchNormSpec): { scale: tf.Tensor1D; shift: tf.Tensor1D } {
    const mean = this.#statistics.get(`${name}.mean`) as Float32Array;
    const variance = this.#statistics.get(`${name}.variance`) as Float32Array;
    const scale = variance.map((v) => 1 / Math.sqrt(v + BATCH_NORM.epsilon));
    const shift = mean.map((m, c) => -m * (scale[c] as number));
    return {
      scale: this.#cached(`${name}, scale`, () => tf.tensor1d(scale)) as tf.Tensor1D,
      shift: this.#cached(`${name}, shift`, () => tf.tensor1d(shift)) as tf.Tensor1D,
    };
  }

  /** Moves the running statistics by a training-mode pass: new = 0.9 old + 0.1 batch, the variance unbiased. */
  observe(moments: ReadonlyMap<string, Moments>): void {
    const { momentum } = BATCH_NORM;
    for (const [name, { mean, variance, count }] of moments) {
      const unbias = count > 1 ? count / (count - 1) : 1;
      move(this.#statistics.get(`${name}.mean`) as Float32Array, mean, momentum, 1);
      move(this.#statistics.get(`${name}.variance`) as Float32Array, variance, momentum, unbias);
      this.#drop(`${name}, scale`);
      this.#drop(`${name}, shift`);
    }
  }

  /** All gradients as one flat array in the order of `weights`; zero where a weight had none. */
  flatten(gradients: readonly WeightGradient[]): Float32Array {
    const flat = new Float32Array(this.weights.length);
    for (const { spec, role, values, scale } of gradients) {
      const scaled = scale === 1 ? values : values.map((value) => value * scale);
      flat.set(fromTfjs(spec, role, scaled), this.#offsets.get(spec.name));
    }
    return flat;
  }

  /** To be called after the weights were stepped in place. */
  changed(): void {
    this.#stepped = true;
    this.#dropAll();
  }

  /** Copies of a flat array's parts by weight name. */
  byName(flat: Float32Array): Record<string, Float32Array> {
    return Object.fromEntries(this.#graph.weights.map((spec) => [spec.name, this.#slice(spec, flat).slice()]));
  }

  save(): NetworkState {
    const statistics = Object.fromEntries([...this.#statistics].map(([name, values]) => [name, values.slice()]));
    const velocity = this.#stepped ? this.byName(this.velocity) : {};
    return { weights: this.byName(this.weights), velocity, statistics };
  }

  restore(state: NetworkState): void {
    const lengths = new Map(this.#graph.weights.map((spec) => [spec.name, weightSize(spec)]));
    const statisticLengths = new Map([...this.#statistics].map(([name, values]) => [name, values.length]));
    const stepped = Object.keys(state.velocity).length > 0;
    const observed = Object.keys(state.statistics).length > 0;
    check('weight', state.weights, lengths);
    if (stepped) check('velocity', state.velocity, lengths);
    if (observed) check('running statistic', state.statistics, statisticLengths);

    for (const spec of this.#graph.weights) {
      this.#slice(spec).set(state.weights[spec.name] as Float32Array);
      this.#slice(spec, this.velocity).set(state.velocity[spec.name] ?? new Float32Array(weightSize(spec)));
    }
    for (const [name, values] of this.#statistics) {
      values.set(state.statistics[name] ?? values.map(() => (name.endsWith('.mean') ? 0 : 1)));
    }
    this.#stepped = stepped;
    this.#dropAll();
  }

  dispose(): void {
    this.#dropAll();
  }

  #slice(spec: WeightSpec, flat: Float32Array = this.weights): Float32Array {
    const offset = this.#offsets.get(spec.name) as number;
    return flat.subarray(offset, offset + weightSize(spec));
  }

  #cached(key: string, make: () => tf.Tensor): tf.Tensor {
    const known = this.#tensors.get(key);
    if (known) return known;
    const tensor = tf.keep(make());
    this.#tensors.set(key, tensor);
    return tensor;
  }

  #drop(key: string): void {
    this.#tensors.get(key)?.dispose();
    this.#tensors.delete(key);
  }

  #dropAll(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}

function turn(spec: WeightSpec, values: Float32Array): tf.Tensor4D {
  const taps = (spec.shape[2] ?? 1) * (spec.shape[3] ?? 1);
  const turned = values.map((_, i) => values[i - (i % taps) + taps - 1 - (i % taps)] as number);
  return tf.tensor4d(
    toTfjs(spec, 'depthwise', turned),
    tfjsShape(spec, 'depthwise') as [number, number, number, number],
  );
}

function move(running: Float32Array, batch: Float32Array, momentum: number, factor: number): void {
  for (const [c, value] of batch.entries()) {
    running[c] = (1 - momentum) * (running[c] as number) + momentum * factor * value;
  }
}

function check(what: string, tensors: Record<string, Float32Array>, lengths: ReadonlyMap<string, number>): void {
  for (const name of Object.keys(tensors)) {
    if (!lengths.has(name)) throw new RangeError(`the network has no ${what} ${name}`);
  }
  for (const [name, length] of lengths) {
    const found = tensors[name]?.length;
    if (found === undefined) throw new RangeError(`${what} ${name} is missing`);
    if (found !== length) throw new RangeError(`${what} ${name} must have ${length} values, got ${found}`);
  }
}
