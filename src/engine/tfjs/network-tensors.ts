import * as tf from '@tensorflow/tfjs';
import { BATCH_NORM, type BatchNormSpec, type BlockGraph, type WeightSpec } from '../../network/block-graph.ts';
import type { NetworkState } from '../engine.ts';
import { type Moments, NetworkArrays } from '../network-arrays.ts';

/** How a weight is used, which decides its layout in TensorFlow.js. */
export type WeightRole = 'convolution' | 'depthwise' | 'vector';

/** The gradient of one weight, still in the layout of TensorFlow.js. */
export interface WeightGradient {
  readonly spec: WeightSpec;
  readonly role: WeightRole;
  readonly values: Float32Array;
  readonly scale: number;
}

/** The tensors made of a network's arrays, each uploaded on first use after a change. */
export class NetworkTensors {
  readonly arrays: NetworkArrays;
  readonly #tensors = new Map<string, tf.Tensor>();

  constructor(graph: BlockGraph) {
    this.arrays = new NetworkArrays(graph);
  }

  /** A weight in the layout of TensorFlow.js. It belongs to this object. */
  tensor(spec: WeightSpec, role: WeightRole): tf.Tensor {
    return this.#cached(spec.name, () => tf.tensor(toTfjs(spec, role, this.arrays.slice(spec)), tfjsShape(spec, role)));
  }

  /** The filter that carries a gradient back: transposed (1x1 convolution) or turned by 180 degrees (depthwise). */
  adjoint(spec: WeightSpec, role: WeightRole): tf.Tensor4D {
    return this.#cached(`${spec.name}, adjoint`, () => {
      if (role === 'depthwise') return turn(spec, this.arrays.slice(spec));
      const [out = 1, within = 1] = spec.shape;
      // `[out, in]` read as `[1, 1, in', out']` with in' = out: no value moves.
      return tf.tensor4d(this.arrays.slice(spec).slice(), [1, 1, out, within]);
    }) as tf.Tensor4D;
  }

  /** Factor and addend of a batch norm in evaluation mode, `[channels]` each, its own scale and shift included. */
  runningScaleShift({ name, affine }: BatchNormSpec): { scale: tf.Tensor1D; shift: tf.Tensor1D } {
    const mean = this.arrays.statistics.get(`${name}.mean`) as Float32Array;
    const variance = this.arrays.statistics.get(`${name}.variance`) as Float32Array;
    const own = affine && { scales: this.arrays.slice(affine.scale), shifts: this.arrays.slice(affine.shift) };
    const scale = variance.map((v, c) => (own?.scales[c] ?? 1) / Math.sqrt(v + BATCH_NORM.epsilon));
    const shift = mean.map((m, c) => (own?.shifts[c] ?? 0) - m * (scale[c] as number));
    return {
      scale: this.#cached(`${name}, scale`, () => tf.tensor1d(scale)) as tf.Tensor1D,
      shift: this.#cached(`${name}, shift`, () => tf.tensor1d(shift)) as tf.Tensor1D,
    };
  }

  /** Running mean of a batch norm, and the inverse of its running deviation, `[channels]` each. The caller's to dispose of. */
  runningMoments({ name }: BatchNormSpec): { mean: tf.Tensor1D; inverse: tf.Tensor1D } {
    const mean = this.arrays.statistics.get(`${name}.mean`) as Float32Array;
    const variance = this.arrays.statistics.get(`${name}.variance`) as Float32Array;
    const inverse = variance.map((v) => 1 / Math.sqrt(v + BATCH_NORM.epsilon));
    return { mean: tf.tensor1d(mean.slice()), inverse: tf.tensor1d(inverse) };
  }

  /** Makes a call with other weights in place of the network's own. */
  async at<Result>(point: Float32Array | null, call: () => Promise<Result>): Promise<Result> {
    if (point === null) return await call();
    const own = this.arrays.weights.slice();
    this.arrays.weights.set(point);
    this.#dropAll();
    try {
      return await call();
    } finally {
      this.arrays.weights.set(own);
      this.#dropAll();
    }
  }

  /** Moves the running statistics by a training-mode pass. */
  observe(moments: ReadonlyMap<string, Moments>): void {
    this.arrays.observe(moments);
    for (const name of moments.keys()) {
      this.#drop(`${name}, scale`);
      this.#drop(`${name}, shift`);
    }
  }

  /** All gradients as one flat array in the order of the weights; zeros for weights without one. */
  flatten(gradients: readonly WeightGradient[]): Float32Array {
    const flat = new Float32Array(this.arrays.weights.length);
    for (const { spec, role, values, scale } of gradients) {
      const scaled = scale === 1 ? values : values.map((value) => value * scale);
      this.arrays.slice(spec, flat).set(fromTfjs(spec, role, scaled));
    }
    return flat;
  }

  /** Notes that the weights were stepped in place. */
  changed(): void {
    this.arrays.changed();
    this.#dropAll();
  }

  restore(state: NetworkState): void {
    this.arrays.restore(state);
    this.#dropAll();
  }

  dispose(): void {
    this.#dropAll();
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

/** Shape in TensorFlow.js: `[h, w, in, out]`, `[h, w, channels, 1]`, or as it is. */
function tfjsShape({ shape }: WeightSpec, role: WeightRole): number[] {
  if (role === 'vector') return [...shape];
  const [out = 1, within = 1, height = 1, width = 1] = shape;
  return role === 'convolution' ? [height, width, within, out] : [height, width, out, within];
}

/** Copy of a weight from PyTorch's layout (`[out, in, h, w]`) to that of TensorFlow.js. */
function toTfjs(spec: WeightSpec, role: WeightRole, values: Float32Array): Float32Array {
  return permute(spec, role, values, (result, to, from) => {
    result[to] = values[from] as number;
  });
}

/** Copy of a weight from the layout of TensorFlow.js to PyTorch's. */
function fromTfjs(spec: WeightSpec, role: WeightRole, values: Float32Array): Float32Array {
  return permute(spec, role, values, (result, to, from) => {
    result[from] = values[to] as number;
  });
}

function permute(
  { shape }: WeightSpec,
  role: WeightRole,
  values: Float32Array,
  move: (result: Float32Array, tfjs: number, pytorch: number) => void,
): Float32Array {
  if (role === 'vector') return values.slice();
  const result = new Float32Array(values.length);
  const [out = 1, within = 1, height = 1, width = 1] = shape;
  const taps = height * width;
  let pytorch = 0;
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < within; i++) {
      for (let tap = 0; tap < taps; tap++) {
        const channels = role === 'convolution' ? i * out + o : o * within + i;
        move(result, tap * out * within + channels, pytorch++);
      }
    }
  }
  return result;
}
