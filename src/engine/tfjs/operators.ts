import * as tf from '@tensorflow/tfjs';
import type { BatchNormSpec, WeightSpec } from '../../network/block-graph.ts';
import type { Pass } from './pass.ts';
import type { Value } from './tape.ts';

/*
 * The differentiable operators of a network. All run at stride 1. An operation of stride 2 keeps every second position
 * of the result, which is the same for a centered filter (PyTorch's padding, k / 2 times the dilation).
 */

/** @param name by which its kinks are kept */
export function relu(pass: Pass, x: Value, name: string): Value {
  const { kinks } = pass.options;
  const mask = kinks?.mode === 'hold' ? kinks.kept.mask(name) : null;
  const output = mask === null ? tf.relu(x.tensor) : tf.mul<tf.Tensor4D>(x.tensor, mask);
  if (kinks?.mode === 'keep') kinks.kept.keepMask(name, output);
  return pass.tape.record(output, ({ tensor, scale }) => {
    x.addGradient(pass.kernels.reluBackward(tensor, mask ?? output), scale);
  });
}

/** @param spec `[channels, 1, k, k]` */
export function depthwise(pass: Pass, x: Value, spec: WeightSpec, kernel: 3 | 5, dilation: 1 | 2): Value {
  const filter = pass.tensors.tensor(spec, 'depthwise') as tf.Tensor4D;
  return pass.tape.record(pass.kernels.depthwise(x.tensor, filter, dilation), ({ tensor, scale }) => {
    const adjoint = pass.tensors.adjoint(spec, 'depthwise');
    x.addGradient(pass.kernels.depthwise(tensor, adjoint, dilation), scale);
    pass.addWeightGradient(spec, 'depthwise', scale, () =>
      pass.kernels.depthwiseFilterGradient(x.tensor, tensor, kernel, dilation),
    );
  });
}

/** Convolution 1x1. @param spec `[out, in, 1, 1]` */
export function pointwise(pass: Pass, x: Value, spec: WeightSpec): Value {
  const filter = pass.tensors.tensor(spec, 'convolution') as tf.Tensor4D;
  return pass.tape.record(tf.conv2d(x.tensor, filter, 1, 'same'), ({ tensor, scale }) => {
    x.addGradient(tf.conv2d(tensor, pass.tensors.adjoint(spec, 'convolution'), 1, 'same'), scale);
    pass.addWeightGradient(spec, 'convolution', scale, () => tf.matMul(tf.transpose(asRows(x.tensor)), asRows(tensor)));
  });
}

/** The stem's convolution 3x3, of pictures: no gradient in its input. @param spec `[out, in, 3, 3]` */
export function stemConvolution(pass: Pass, x: Value, spec: WeightSpec): Value {
  const filter = pass.tensors.tensor(spec, 'convolution') as tf.Tensor4D;
  return pass.tape.record(tf.conv2d(x.tensor, filter, 1, 'same'), ({ tensor, scale }) => {
    pass.addWeightGradient(spec, 'convolution', scale, () =>
      tf.matMul(tf.transpose(asRows(windows3x3(x.tensor))), asRows(tensor)),
    );
  });
}

/** Batch norm by the pass's `statistics`, with scale and shift if it is affine. */
export function batchNorm(pass: Pass, x: Value, norm: BatchNormSpec): Value {
  if (pass.options.statistics === 'running') return normalizeByRunning(pass, x, norm);
  const normalized = normalize(pass, x, norm);
  return norm.affine === null ? normalized : scaleShift(pass, normalized, norm.affine.scale, norm.affine.shift);
}

/** Batch norm by the running statistics, as constants. */
function normalizeByRunning(pass: Pass, x: Value, norm: BatchNormSpec): Value {
  const { scale: factor, shift } = pass.tensors.runningScaleShift(norm);
  const output = pass.kernels.scaleShift(x.tensor, factor, shift);
  return pass.tape.record(output, ({ tensor, scale }) => {
    const gradients = pass.kernels.scaleShiftBackward(tensor, x.tensor, factor);
    x.addGradient(gradients.input, scale);
    if (norm.affine === null) return;
    // With y = (x - mean) / deviation: the gradient in its scale is sum(g y), in its shift sum(g).
    const { mean, inverse } = pass.tensors.runningMoments(norm);
    const centered = (): tf.Tensor => tf.mul(inverse, tf.sub(gradients.scale, tf.mul(mean, gradients.shift)));
    pass.addWeightGradient(norm.affine.scale, 'vector', scale, centered);
    pass.addWeightGradient(norm.affine.shift, 'vector', scale, () => gradients.shift);
  });
}

/** Batch norm by the mini-batch's own statistics, without scale and shift. */
function normalize(pass: Pass, x: Value, norm: BatchNormSpec): Value {
  const { kernels } = pass;
  const normalized = kernels.normalize(x.tensor);
  const value = pass.tape.record(normalized.output, ({ tensor, scale }) => {
    x.addGradient(kernels.normalizeBackward(tensor, scale, normalized), 1);
  });
  pass.noteMoments(norm, value, { ...normalized, count: x.tensor.size / norm.channels });
  return value;
}

/** Scale and shift of an affine batch norm. */
function scaleShift(pass: Pass, x: Value, scaleSpec: WeightSpec, shiftSpec: WeightSpec): Value {
  const scales = pass.tensors.tensor(scaleSpec, 'vector') as tf.Tensor1D;
  const shifts = pass.tensors.tensor(shiftSpec, 'vector') as tf.Tensor1D;
  return pass.tape.record(pass.kernels.scaleShift(x.tensor, scales, shifts), ({ tensor, scale }) => {
    const gradients = pass.kernels.scaleShiftBackward(tensor, x.tensor, scales);
    x.addGradient(gradients.input, scale);
    pass.addWeightGradient(scaleSpec, 'vector', scale, () => gradients.scale);
    pass.addWeightGradient(shiftSpec, 'vector', scale, () => gradients.shift);
  });
}

/** A max pool that takes the winners that were kept under its name; null if the pass holds no kinks. */
export function heldMaxPool(pass: Pass, x: Value, name: string): Value | null {
  const { kinks } = pass.options;
  if (kinks?.mode !== 'hold') return null;
  return pass.tape.record(kinks.kept.takeWinners(name, x.tensor), ({ tensor, scale }) => {
    x.addGradient(kinks.kept.scatterToWinners(name, tensor), scale);
  });
}

/** Max pool 3x3. @param name by which its kinks are kept */
export function maxPool(pass: Pass, x: Value, name: string): Value {
  const held = heldMaxPool(pass, x, name);
  if (held !== null) return held;
  const { kinks } = pass.options;
  if (kinks?.mode === 'keep') kinks.kept.keepWinners(name, x.tensor);
  const output = tf.maxPool(x.tensor, 3, 1, 'same');
  return pass.tape.record(output, ({ tensor, scale }) => {
    x.addGradient(pass.kernels.maxPoolBackward(tensor, x.tensor, output), scale);
  });
}

/** Average pool 3x3 that does not count the padding: a box filter, divided by the positions inside the picture. */
export function averagePool(pass: Pass, x: Value): Value {
  const [, height, width, channels] = x.tensor.shape;
  const box = tf.fill([3, 3, channels, 1], 1) as tf.Tensor4D;
  const inside = (size: number): number[] => {
    return Array.from({ length: size }, (_, i) => 1 + Number(i > 0) + Number(i < size - 1));
  };
  const counts = inside(height).flatMap((rows) => inside(width).map((columns) => 1 / (rows * columns)));
  const shares = tf.tensor4d(counts, [1, height, width, 1]);
  const output = tf.tidy(() => tf.mul<tf.Tensor4D>(pass.kernels.depthwise(x.tensor, box, 1), shares));
  return pass.tape.record(output, ({ tensor, scale }) => {
    x.addGradient(
      tf.tidy(() => pass.kernels.depthwise(tf.mul(tensor, shares), box, 1)),
      scale,
    );
  });
}

/** Every second row and column, from the first (`even`) or the second (`odd`) on; height and width are even. */
export function subsample(pass: Pass, x: Value, phase: 'even' | 'odd'): Value {
  const [batch, height, width, channels] = x.tensor.shape;
  const start = phase === 'even' ? 0 : 1;
  const take = (tensor: tf.Tensor2D, length: number): tf.Tensor2D => {
    return tf.slice(tensor, [0, start * length], [tensor.shape[0], length]);
  };
  const output = tf.tidy((): tf.Tensor4D => {
    const rows = take(tf.reshape(x.tensor, [(batch * height) / 2, 2 * width * channels]), width * channels);
    const kept = take(tf.reshape(rows, [(batch * height * width) / 4, 2 * channels]), channels);
    return tf.reshape(kept, [batch, height / 2, width / 2, channels]);
  });
  return pass.tape.record(output, ({ tensor, scale }) => {
    const put = (part: tf.Tensor2D): tf.Tensor2D => {
      const zeros = tf.zerosLike(part);
      return tf.concat2d(phase === 'even' ? [part, zeros] : [zeros, part], 1);
    };
    const spread = tf.tidy((): tf.Tensor4D => {
      const wide = put(tf.reshape(tensor, [(batch * height * width) / 4, channels]));
      const whole = put(tf.reshape(wide, [(batch * height) / 2, width * channels]));
      return tf.reshape(whole, x.tensor.shape);
    });
    x.addGradient(spread, scale);
  });
}

/** Values side by side along the channels. */
export function concat(pass: Pass, inputs: readonly Value[]): Value {
  const output = tf.concat4d(
    inputs.map((input) => input.tensor),
    3,
  );
  return pass.tape.record(output, ({ tensor, scale }) => {
    const sizes = inputs.map((input) => input.tensor.shape[3]);
    const parts = tf.split<tf.Tensor4D>(tensor, sizes, 3);
    for (const [i, input] of inputs.entries()) input.addGradient(parts[i] as tf.Tensor4D, scale);
  });
}

/** Mean over height and width: `[batch, 1, 1, channels]`. */
export function globalAveragePool(pass: Pass, x: Value): Value {
  const [, height, width] = x.tensor.shape;
  const output = tf.mean<tf.Tensor4D>(x.tensor, [1, 2], true);
  return pass.tape.record(output, ({ tensor, scale }) => {
    x.addGradient(tf.tile(tensor, [1, height, width, 1]), scale / (height * width));
  });
}

/** Linear layer with bias: `[batch, 1, 1, classes]`. @param weight `[classes, features]` */
export function linear(pass: Pass, x: Value, weight: WeightSpec, bias: WeightSpec): Value {
  const filter = pass.tensors.tensor(weight, 'convolution') as tf.Tensor4D;
  const shift = pass.tensors.tensor(bias, 'vector');
  const output = tf.add<tf.Tensor4D>(tf.conv2d(x.tensor, filter, 1, 'same'), shift);
  return pass.tape.record(output, ({ tensor, scale }) => {
    x.addGradient(tf.conv2d(tensor, pass.tensors.adjoint(weight, 'convolution'), 1, 'same'), scale);
    pass.addWeightGradient(weight, 'convolution', scale, () =>
      tf.matMul(tf.transpose(asRows(x.tensor)), asRows(tensor)),
    );
    pass.addWeightGradient(bias, 'vector', scale, () => tf.sum(asRows(tensor), 0));
  });
}

/** Average pool 5x5 with stride 3 and without padding, of 8x8 to 2x2. */
export function averagePool5x5(pass: Pass, x: Value): Value {
  const [batch, , , channels] = x.tensor.shape;
  const corners = [0, 3].flatMap((row) => [0, 3].map((column) => [row, column] as const));
  const output = tf.tidy(() => {
    const means = corners.map(([row, column]) => {
      return tf.mean<tf.Tensor4D>(tf.slice(x.tensor, [0, row, column, 0], [batch, 5, 5, channels]), [1, 2], true);
    });
    return tf.reshape(tf.concat4d(means, 1), [batch, 2, 2, channels]) as tf.Tensor4D;
  });
  return pass.tape.record(output, ({ tensor, scale }) => {
    const spread = tf.tidy(() => {
      const windows = corners.map(([row, column]) => {
        const mean = tf.slice(tensor, [0, row / 3, column / 3, 0], [batch, 1, 1, channels]);
        return tf.pad(tf.tile(mean, [1, 5, 5, 1]), [
          [0, 0],
          [row, 3 - row],
          [column, 3 - column],
          [0, 0],
        ]);
      });
      return tf.addN(windows) as tf.Tensor4D;
    });
    x.addGradient(spread, scale / 25);
  });
}

/** Convolution over the whole height and width: `[batch, 1, 1, out]`. @param spec `[out, in, height, width]` */
export function wholeConvolution(pass: Pass, x: Value, spec: WeightSpec): Value {
  const filter = pass.tensors.tensor(spec, 'convolution') as tf.Tensor4D;
  const [batch, height, width, channels] = x.tensor.shape;
  const inputs = height * width * channels;
  return pass.tape.record(tf.conv2d(x.tensor, filter, 1, 'valid'), ({ tensor, scale }) => {
    const gradient = tf.tidy((): tf.Tensor4D => {
      const rows = tf.matMul(asRows(tensor), tf.reshape(filter, [inputs, filter.shape[3]]), false, true);
      return tf.reshape(rows, x.tensor.shape);
    });
    x.addGradient(gradient, scale);
    pass.addWeightGradient(spec, 'convolution', scale, () =>
      tf.matMul(tf.transpose(tf.reshape(x.tensor, [batch, inputs])), asRows(tensor)),
    );
  });
}

/** `[batch * height * width, channels]` */
function asRows(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, height, width, channels] = x.shape;
  return tf.reshape(x, [batch * height * width, channels]);
}

/** The 3x3 window around every position, side by side along the channels. */
function windows3x3(x: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = x.shape;
  const padded = tf.pad(x, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  const offsets = [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => [row, column] as const));
  return tf.concat4d(
    offsets.map(([row, column]) => tf.slice(padded, [0, row, column, 0], [-1, height, width, -1]) as tf.Tensor4D),
    3,
  );
}
