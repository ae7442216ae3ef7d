import * as tf from '@tensorflow/tfjs';
import { heldMaxPool } from './operators.ts';
import type { Pass } from './pass.ts';
import type { Value } from './tape.ts';

/* The differentiable operators of partial channels. */

/** The channels from one to before another. */
export function channelRange(pass: Pass, x: Value, from: number, to: number): Value {
  const [batch, height, width, channels] = x.tensor.shape;
  const output = tf.slice(x.tensor, [0, 0, 0, from], [batch, height, width, to - from]);
  return pass.tape.record(output, ({ tensor, scale }) => {
    const whole = tf.pad(tensor, [
      [0, 0],
      [0, 0],
      [0, 0],
      [from, channels - to],
    ]);
    x.addGradient(whole, scale);
  });
}

/**
 * Max pool 2x2 with stride 2; of equal ones the first gets the gradient. Height and width are even.
 *
 * @param name by which its kinks are kept
 */
export function maxPool2x2(pass: Pass, x: Value, name: string): Value {
  const held = heldMaxPool(pass, x, name);
  if (held !== null) return held;
  const { kinks } = pass.options;
  if (kinks?.mode === 'keep') kinks.kept.keepSquareWinners(name, x.tensor);
  const output = tf.maxPool(x.tensor, 2, 2, 'valid');
  return pass.tape.record(output, ({ tensor, scale }) => {
    x.addGradient(
      tf.tidy(() => routeToFirst(tensor, x.tensor, output)),
      scale,
    );
  });
}

function routeToFirst(gradient: tf.Tensor4D, x: tf.Tensor4D, pooled: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const [rows, line] = [(batch * height) / 2, width * channels];
  const quarter = pooled.shape;
  // A row of two, and in it the pixels of two columns side by side.
  const pairs = tf.reshape(x, [rows, 2, line]);
  let open: tf.Tensor4D = tf.onesLike(pooled);
  const won = [0, 1].map((row) => {
    const own = tf.reshape(tf.slice(pairs, [0, row, 0], [rows, 1, line]), [rows * (width / 2), 2, channels]);
    const columns = [0, 1].map((column) => {
      const pixel = tf.reshape<tf.Rank.R4>(tf.slice(own, [0, column, 0], [own.shape[0], 1, channels]), quarter);
      const first = tf.mul<tf.Tensor4D>(open, tf.cast(tf.equal(pixel, pooled), 'float32'));
      open = tf.sub(open, first);
      return tf.reshape(tf.mul(first, gradient), [own.shape[0], 1, channels]) as tf.Tensor3D;
    });
    return tf.reshape(tf.concat3d(columns, 1), [rows, 1, line]) as tf.Tensor3D;
  });
  return tf.reshape(tf.concat3d(won, 1), x.shape);
}

/**
 * Channels by their numbers.
 *
 * @param numbers of the channel of `x` that each takes, all different
 */
export function pickChannels(pass: Pass, x: Value, numbers: Uint16Array): Value {
  const channels = x.tensor.shape[3];
  const output = tf.tidy(() => tf.gather(x.tensor, indexTensor(numbers), 3));
  return pass.tape.record(output, ({ tensor, scale }) => {
    const whole = tf.tidy(() => {
      // Channels that nobody took get the zeros at the end.
      const zeros = tf.pad(tensor, [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 1],
      ]);
      const takers = new Uint16Array(channels).fill(numbers.length);
      for (const [taker, number] of numbers.entries()) takers[number] = taker;
      return tf.gather(zeros, indexTensor(takers), 3);
    });
    x.addGradient(whole, scale);
  });
}

function indexTensor(numbers: Uint16Array): tf.Tensor1D {
  return tf.tensor1d(Int32Array.from(numbers), 'int32');
}

/** Channel shuffle: of both side by side, channel g c + j becomes j K + g, where c is the number of the first's. */
export function shuffle(pass: Pass, mixed: Value, passed: Value, partialChannels: number): Value {
  const [batch, height, width, own] = mixed.tensor.shape;
  const pixels = batch * height * width;
  const channels = own * partialChannels;
  const output = tf.tidy((): tf.Tensor4D => {
    const beside = tf.reshape(tf.concat4d([mixed.tensor, passed.tensor], 3), [pixels, partialChannels, own]);
    return tf.reshape(tf.transpose(beside, [0, 2, 1]), [batch, height, width, channels]);
  });
  return pass.tape.record(output, ({ tensor, scale }) => {
    const [first, rest] = tf.tidy(() => {
      const beside = tf.transpose(tf.reshape(tensor, [pixels, own, partialChannels]), [0, 2, 1]);
      const whole = tf.reshape(beside, [batch, height, width, channels]) as tf.Tensor4D;
      return tf.split<tf.Tensor4D>(whole, [own, channels - own], 3);
    });
    mixed.addGradient(first as tf.Tensor4D, scale);
    passed.addGradient(rest as tf.Tensor4D, scale);
  });
}
