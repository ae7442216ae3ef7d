import * as tf from '@tensorflow/tfjs';
import { BATCH_NORM } from '../../network/block-graph.ts';

/** Result of a batch norm. */
export interface Normalized {
  /** `(x - mean) / sqrt(variance + epsilon)`, shaped like x */
  readonly output: tf.Tensor4D;
  /** `[channels]` */
  readonly mean: tf.Tensor1D;
  /** `[channels]`, biased */
  readonly variance: tf.Tensor1D;
}

export interface ScaleShiftGradients {
  readonly input: tf.Tensor4D;
  readonly scale: tf.Tensor1D;
  readonly shift: tf.Tensor1D;
}

/**
 * The parts of operators that TensorFlow.js lacks or has wrong on some backend. All tensors are
 * `[batch, height, width, channels]`; every filter is centered, runs at stride 1 and keeps height and width.
 */
export interface TensorKernels {
  /** Batch norm by the mini-batch's own statistics. */
  normalize(x: tf.Tensor4D): Normalized;
  /** `scale` times the gradient of `normalize`, in closed form. */
  normalizeBackward(gradient: tf.Tensor4D, scale: number, normalized: Normalized): tf.Tensor4D;
  /** `x * scale + shift`, both `[channels]`. */
  scaleShift(x: tf.Tensor4D, scale: tf.Tensor1D, shift: tf.Tensor1D): tf.Tensor4D;
  /** Gradients of `scaleShift`: in x, and `[channels]` each in scale and shift. */
  scaleShiftBackward(gradient: tf.Tensor4D, x: tf.Tensor4D, scale: tf.Tensor1D): ScaleShiftGradients;
  /** Sum of `weights[i] * tensors[i]`; a weight may also be one for each picture, `[batch]`. */
  weightedSum(tensors: readonly tf.Tensor4D[], weights: readonly (number | Float32Array)[]): tf.Tensor4D;
  /** Inner product of `gradient` with every tensor: `[tensors]`. */
  dots(gradient: tf.Tensor4D, tensors: readonly tf.Tensor4D[]): tf.Tensor1D;
  /** Depthwise convolution with a filter `[k, k, channels, 1]`. */
  depthwise(x: tf.Tensor4D, filter: tf.Tensor4D, dilation: 1 | 2): tf.Tensor4D;
  /** Gradient of `depthwise` in its filter. */
  depthwiseFilterGradient(x: tf.Tensor4D, gradient: tf.Tensor4D, kernel: 3 | 5, dilation: 1 | 2): tf.Tensor4D;
  /** Gradient of the 3x3 max pool that made `pooled` of `x`. */
  maxPoolBackward(gradient: tf.Tensor4D, x: tf.Tensor4D, pooled: tf.Tensor4D): tf.Tensor4D;
  /** `gradient` at the entries where `rectified` is above 0, else 0. */
  reluBackward(gradient: tf.Tensor4D, rectified: tf.Tensor4D): tf.Tensor4D;
}

/** The kernels as compositions of operations that are right on every backend. */
export const composedKernels: TensorKernels = tidied({
  normalize: (x) => {
    const mean = tf.mean<tf.Tensor1D>(x, [0, 1, 2]);
    const centered = tf.sub(x, mean);
    const variance = tf.mean<tf.Tensor1D>(tf.square(centered), [0, 1, 2]);
    return { output: tf.mul(centered, inverseDeviation(variance)), mean, variance };
  },

  normalizeBackward: (gradient, scale, { output, variance }) => {
    const mean = tf.mean(gradient, [0, 1, 2]);
    const projection = tf.mean(tf.mul(gradient, output), [0, 1, 2]);
    const residual = tf.sub(tf.sub(gradient, mean), tf.mul(output, projection));
    return tf.mul(residual, tf.mul(inverseDeviation(variance), scale));
  },

  scaleShift: (x, scale, shift) => tf.add(tf.mul(x, scale), shift),

  scaleShiftBackward: (gradient, x, scale) => ({
    input: tf.mul(gradient, scale),
    scale: tf.sum(tf.mul(gradient, x), [0, 1, 2]),
    shift: tf.sum(gradient, [0, 1, 2]),
  }),

  weightedSum: (tensors, weights) => {
    return tf.addN(
      tensors.map((tensor, i) => {
        const weight = weights[i] as number | Float32Array;
        return tf.mul<tf.Tensor4D>(
          tensor,
          typeof weight === 'number' ? weight : tf.tensor4d(weight, [weight.length, 1, 1, 1]),
        );
      }),
    );
  },

  dots: (gradient, tensors) => tf.stack(tensors.map((tensor) => tf.sum(tf.mul(gradient, tensor)))) as tf.Tensor1D,

  depthwise: (x, filter, dilation) => {
    if (dilation === 1) return tf.depthwiseConv2d(x, filter, 1, 'same');
    // A dilated filter is an undilated one on every second position: not every backend heeds the dilation itself.
    const [, height, width] = x.shape;
    const pad = filter.shape[0] - 1;
    const [extraHeight, extraWidth] = [height % 2, width % 2];
    const paddings = [
      [pad, pad + extraHeight],
      [pad, pad + extraWidth],
    ];
    const crops = [
      [0, extraHeight],
      [0, extraWidth],
    ];
    const spread = tf.spaceToBatchND(x, [2, 2], paddings);
    return tf.batchToSpaceND(tf.depthwiseConv2d(spread, filter, 1, 'valid'), [2, 2], crops);
  },

  depthwiseFilterGradient: (x, gradient, kernel, dilation) => {
    const [, height, width, channels] = x.shape;
    const pad = ((kernel - 1) / 2) * dilation;
    const padded = tf.pad(x, [
      [0, 0],
      [pad, pad],
      [pad, pad],
      [0, 0],
    ]);
    const taps = Array.from({ length: kernel * kernel }, (_, tap) => {
      const [row, column] = [Math.floor(tap / kernel) * dilation, (tap % kernel) * dilation];
      const window = tf.slice(padded, [0, row, column, 0], [-1, height, width, -1]);
      return tf.sum(tf.mul(window, gradient), [0, 1, 2]);
    });
    return tf.reshape(tf.stack(taps), [kernel, kernel, channels, 1]) as tf.Tensor4D;
  },

  maxPoolBackward: (gradient, x) => {
    return tf.grad((input) => tf.maxPool(input as tf.Tensor4D, 3, 1, 'same'))(x, gradient) as tf.Tensor4D;
  },

  reluBackward: (gradient, rectified) => tf.mul(gradient, tf.step(rectified)),
});

/** Frees the intermediate tensors of each kernel, which a pass would hold to its end. */
function tidied(kernels: TensorKernels): TensorKernels {
  const entries = Object.entries(kernels) as [string, (...inputs: unknown[]) => tf.TensorContainer][];
  const free = entries.map(([name, kernel]) => [name, (...inputs: unknown[]) => tf.tidy(() => kernel(...inputs))]);
  return Object.fromEntries(free);
}

function inverseDeviation(variance: tf.Tensor1D): tf.Tensor1D {
  return tf.rsqrt(tf.add(variance, BATCH_NORM.epsilon));
}
