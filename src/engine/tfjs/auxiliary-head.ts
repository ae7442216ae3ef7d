import * as tf from '@tensorflow/tfjs';
import type { AuxiliaryHeadBlock, WeightSpec } from '../../network/block-graph.ts';
import { asRows, batchNorm, linear, pointwise, relu } from './operators.ts';
import type { Pass } from './pass.ts';
import type { Value } from './tape.ts';

/** Logits of the auxiliary head: `[batch, 1, 1, classes]`. @param rectified ReLU of what the head reads */
export function auxiliaryHead(pass: Pass, rectified: Value, block: AuxiliaryHeadBlock): Value {
  const pooled = averagePool5x5(pass, rectified);
  const squeezed = relu(pass, batchNorm(pass, pointwise(pass, pooled, block.squeeze), block.squeezeNorm));
  const whole = relu(pass, batchNorm(pass, wholeConvolution(pass, squeezed, block.conv), block.norm));
  return linear(pass, whole, block.weight, block.bias);
}

/** Average pool 5x5 with stride 3 and without padding, of 8x8 to 2x2. */
function averagePool5x5(pass: Pass, x: Value): Value {
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

/** Convolution over all of height and width: `[batch, 1, 1, out]`. @param spec `[out, in, height, width]` */
function wholeConvolution(pass: Pass, x: Value, spec: WeightSpec): Value {
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
