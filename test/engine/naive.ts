import { BATCH_NORM } from '../../src/network/block-graph.ts';

/** Activations `[batch, height, width, channels]` of a whole mini-batch. */
export interface Maps {
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Value at a position, or undefined outside the picture. */
function at({ values, height, width, channels }: Maps, n: number, row: number, column: number, c: number) {
  if (row < 0 || row >= height || column < 0 || column >= width) return undefined;
  return values[((n * height + row) * width + column) * channels + c];
}

/** Makes maps of the same height and width over the stride, value by value. */
function fill(
  input: Maps,
  channels: number,
  stride: 1 | 2,
  value: (n: number, row: number, column: number, c: number) => number,
): Maps {
  const [height, width] = [input.height / stride, input.width / stride];
  const batch = input.values.length / (input.height * input.width * input.channels);
  const values = new Float32Array(batch * height * width * channels);
  let i = 0;
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        for (let c = 0; c < channels; c++) values[i++] = value(n, stride * row, stride * column, c);
      }
    }
  }
  return { values, height, width, channels };
}

const AROUND = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => [down, right] as const));

/** Convolution 3x3 with padding 1. @param weight `[out, 3, 3, 3]` */
export function convolveStem(pictures: Maps, weight: Float32Array): Maps {
  return fill(pictures, weight.length / 27, 1, (n, row, column, out) => {
    let sum = 0;
    for (let c = 0; c < 3; c++) {
      for (const [tap, [down, right]] of AROUND.entries()) {
        sum += (weight[(out * 3 + c) * 9 + tap] as number) * (at(pictures, n, row + down, column + right, c) ?? 0);
      }
    }
    return sum;
  });
}

/** ReLU, then a convolution 1x1. @param weight `[out, in, 1, 1]` */
export function project(input: Maps, weight: Float32Array): Maps {
  const inputs = input.channels;
  return fill(input, weight.length / inputs, 1, (n, row, column, out) => {
    let sum = 0;
    for (let c = 0; c < inputs; c++) {
      sum += (weight[out * inputs + c] as number) * Math.max(0, at(input, n, row, column, c) as number);
    }
    return sum;
  });
}

/** Max pool 3x3, whose padding never wins. */
export function maximaOf(input: Maps, stride: 1 | 2): Maps {
  return fill(input, input.channels, stride, (n, row, column, c) => Math.max(...windowOf(input, n, row, column, c)));
}

/** Average pool 3x3 over the positions inside the picture. */
export function meansOf(input: Maps, stride: 1 | 2): Maps {
  return fill(input, input.channels, stride, (n, row, column, c) => {
    const window = windowOf(input, n, row, column, c);
    return window.reduce((sum, value) => sum + value, 0) / window.length;
  });
}

/**
 * What a bypass adds to a node: the channels after the first 1/K, at stride 2 the largest of each square, shuffled; 0 where
 * mixed ones go. @param partialChannels K
 */
export function shuffledBypass(input: Maps, partialChannels: number, stride: 1 | 2): Maps {
  const mixed = input.channels / partialChannels;
  return fill(input, input.channels, stride, (n, row, column, c) => {
    const from = (c % partialChannels) * mixed + Math.floor(c / partialChannels);
    if (from < mixed) return 0;
    const square = [0, 1].flatMap((down) => [0, 1].map((right) => [down, right] as const)).slice(0, stride ** 2);
    return Math.max(...square.map(([down, right]) => at(input, n, row + down, column + right, from) as number));
  });
}

function windowOf(input: Maps, n: number, row: number, column: number, c: number): number[] {
  return AROUND.map(([down, right]) => at(input, n, row + down, column + right, c)).filter((v) => v !== undefined);
}

/** Mean and biased variance of each channel. */
export function momentsOf({ values, channels }: Maps): { mean: number[]; variance: number[]; count: number } {
  const count = values.length / channels;
  const moments = Array.from({ length: channels }, (_, c) => {
    const own = values.filter((_, i) => i % channels === c);
    const mean = own.reduce((sum, value) => sum + value, 0) / count;
    return { mean, variance: own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count };
  });
  return { mean: moments.map(({ mean }) => mean), variance: moments.map(({ variance }) => variance), count };
}

/** Batch norm without scale and shift. */
export function normalized(input: Maps): Maps {
  const { mean, variance } = momentsOf(input);
  const values = input.values.map((value, i) => {
    const c = i % input.channels;
    return (value - (mean[c] as number)) / Math.sqrt((variance[c] as number) + BATCH_NORM.epsilon);
  });
  return { ...input, values };
}
