import * as tf from '@tensorflow/tfjs';
import { BATCH_NORM } from '../../network/block-graph.ts';
import { composedKernels, type Kernels } from './kernels.ts';

/** The part of the wasm backend that a kernel written in JavaScript needs. */
interface WasmBackend {
  makeOutput(shape: readonly number[], dtype: 'float32'): tf.TensorInfo;
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array;
}

type Compute = (outputs: Float32Array[], inputs: Float32Array[]) => void;

const KERNEL = 'LesslocalHeap';

/**
 * Registers one kernel on the wasm backend: it makes the outputs, then lets `compute` fill them on the heap. Views
 * are taken after the last allocation, since growing the heap detaches older ones.
 */
export function registerWasmKernels(): void {
  if (tf.getKernel(KERNEL, 'wasm')) return;
  tf.registerKernel({
    kernelName: KERNEL,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { shapes, compute } = attrs as unknown as { shapes: number[][]; compute: Compute };
      const wasm = backend as WasmBackend;
      const outputs = shapes.map((shape) => wasm.makeOutput(shape, 'float32'));
      const view = (info: tf.TensorInfo): Float32Array => wasm.typedArrayFromHeap(info);
      compute(
        outputs.map(view),
        Object.values(inputs as tf.NamedTensorInfoMap).map((info) => view(info as tf.TensorInfo)),
      );
      return outputs;
    },
  });
}

function onHeap(tensors: readonly tf.Tensor[], shapes: readonly (readonly number[])[], compute: Compute): tf.Tensor[] {
  const inputs = Object.fromEntries(tensors.map((tensor, i) => [`input${i}`, tensor]));
  const attributes = { shapes, compute } as unknown as tf.NamedAttrMap;
  return tf.engine().runKernel(KERNEL, inputs, attributes) as unknown as tf.Tensor[];
}

/**
 * The kernels for the wasm backend: where it has none, a wrong one or a slow one, JavaScript on the backend's heap.
 * Sums are carried in float64.
 */
export const wasmKernels: Kernels = {
  ...composedKernels,

  normalize: (x) => {
    const channels = x.shape[3];
    const [output, mean, variance] = onHeap([x], [x.shape, [channels], [channels]], ([y, mu, spread], [input]) => {
      normalizeChannels(y as Float32Array, mu as Float32Array, spread as Float32Array, input as Float32Array);
    });
    return { output: output as tf.Tensor4D, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
  },

  normalizeBackward: (gradient, scale, { output, variance }) => {
    const [result] = onHeap([gradient, output, variance], [output.shape], ([dx], [dy, y, spread]) => {
      differentiateNormalization(
        dx as Float32Array,
        dy as Float32Array,
        y as Float32Array,
        spread as Float32Array,
        scale,
      );
    });
    return result as tf.Tensor4D;
  },

  scaleShift: (x, scale, shift) => {
    const [result] = onHeap([x, scale, shift], [x.shape], ([y], [input, factor, offset]) => {
      scaleAndShift(y as Float32Array, input as Float32Array, factor as Float32Array, offset as Float32Array);
    });
    return result as tf.Tensor4D;
  },

  weightedSum: (tensors, weights) => {
    const [result] = onHeap(tensors, [(tensors[0] as tf.Tensor4D).shape], ([y], inputs) => {
      sumWeighted(y as Float32Array, inputs, weights);
    });
    return result as tf.Tensor4D;
  },

  dots: (gradient, tensors) => {
    const [result] = onHeap([gradient, ...tensors], [[tensors.length]], ([products], [dy, ...inputs]) => {
      for (const [i, input] of inputs.entries()) (products as Float32Array)[i] = dot(dy as Float32Array, input);
    });
    return result as tf.Tensor1D;
  },

  depthwise: (x, filter, dilation) => tf.depthwiseConv2d(x, filter, 1, 'same', 'NHWC', dilation),

  depthwiseFilterGradient: (x, gradient, kernel, dilation) => {
    const [result] = onHeap([x, gradient], [[kernel, kernel, x.shape[3], 1]], ([dw], [input, dy]) => {
      correlate(dw as Float32Array, input as Float32Array, dy as Float32Array, x.shape, kernel, dilation);
    });
    return result as tf.Tensor4D;
  },

  maxPoolBackward: (gradient, x, pooled) => {
    const [result] = onHeap([gradient, x, pooled], [x.shape], ([dx], [dy, input, y]) => {
      routeToMaximum(dx as Float32Array, dy as Float32Array, input as Float32Array, y as Float32Array, x.shape);
    });
    return result as tf.Tensor4D;
  },

  reluBackward: (gradient, rectified) => {
    const [result] = onHeap([gradient, rectified], [gradient.shape], ([dx], [dy, y]) => {
      maskPositive(dx as Float32Array, dy as Float32Array, y as Float32Array);
    });
    return result as tf.Tensor4D;
  },
};

function normalizeChannels(y: Float32Array, mean: Float32Array, variance: Float32Array, x: Float32Array): void {
  const channels = mean.length;
  const rows = x.length / channels;
  const center = new Float64Array(channels);
  for (let i = 0; i < x.length; ) for (let c = 0; c < channels; c++) (center[c] as number) += x[i++] as number;
  for (let c = 0; c < channels; c++) center[c] = (center[c] as number) / rows;
  const squares = new Float64Array(channels);
  for (let i = 0; i < x.length; ) {
    for (let c = 0; c < channels; c++) {
      const deviation = (x[i++] as number) - (center[c] as number);
      (squares[c] as number) += deviation * deviation;
    }
  }
  const inverse = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    mean[c] = center[c] as number;
    variance[c] = (squares[c] as number) / rows;
    inverse[c] = 1 / Math.sqrt((squares[c] as number) / rows + BATCH_NORM.epsilon);
  }
  for (let i = 0; i < x.length; ) {
    for (let c = 0; c < channels; c++, i++) {
      y[i] = ((x[i] as number) - (center[c] as number)) * (inverse[c] as number);
    }
  }
}

function differentiateNormalization(
  dx: Float32Array,
  dy: Float32Array,
  y: Float32Array,
  variance: Float32Array,
  scale: number,
): void {
  const channels = variance.length;
  const rows = y.length / channels;
  const mean = new Float64Array(channels);
  const projection = new Float64Array(channels);
  for (let i = 0; i < y.length; ) {
    for (let c = 0; c < channels; c++, i++) {
      (mean[c] as number) += dy[i] as number;
      (projection[c] as number) += (dy[i] as number) * (y[i] as number);
    }
  }
  const inverse = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    mean[c] = (mean[c] as number) / rows;
    projection[c] = (projection[c] as number) / rows;
    inverse[c] = scale / Math.sqrt((variance[c] as number) + BATCH_NORM.epsilon);
  }
  for (let i = 0; i < y.length; ) {
    for (let c = 0; c < channels; c++, i++) {
      const residual = (dy[i] as number) - (mean[c] as number) - (y[i] as number) * (projection[c] as number);
      dx[i] = residual * (inverse[c] as number);
    }
  }
}

function scaleAndShift(y: Float32Array, x: Float32Array, scale: Float32Array, shift: Float32Array): void {
  const channels = scale.length;
  for (let i = 0; i < x.length; ) {
    for (let c = 0; c < channels; c++, i++) y[i] = (x[i] as number) * (scale[c] as number) + (shift[c] as number);
  }
}

function sumWeighted(y: Float32Array, tensors: readonly Float32Array[], weights: readonly number[]): void {
  // Four tensors a pass: the sum is read and written once for all of them.
  for (let t = 0; t < tensors.length; t += 4) {
    const [a, b, c, d] = [0, 1, 2, 3].map((k) => tensors[t + k] ?? (tensors[t] as Float32Array));
    const [wa, wb, wc, wd] = [0, 1, 2, 3].map((k) => (t + k < tensors.length ? (weights[t + k] as number) : 0));
    addFour(y, t > 0, a as Float32Array, b as Float32Array, c as Float32Array, d as Float32Array, [
      wa as number,
      wb as number,
      wc as number,
      wd as number,
    ]);
  }
}

function addFour(
  y: Float32Array,
  accumulate: boolean,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  d: Float32Array,
  weights: readonly [number, number, number, number],
): void {
  const [wa, wb, wc, wd] = weights;
  for (let i = 0; i < y.length; i++) {
    const sum = wa * (a[i] as number) + wb * (b[i] as number) + wc * (c[i] as number) + wd * (d[i] as number);
    y[i] = accumulate ? (y[i] as number) + sum : sum;
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  // Four sums at once: one alone waits for its own last addition. Lengths are multiples of 4 or the rest is added.
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const even = a.length - (a.length % 4);
  for (let i = 0; i < even; i += 4) {
    s0 += (a[i] as number) * (b[i] as number);
    s1 += (a[i + 1] as number) * (b[i + 1] as number);
    s2 += (a[i + 2] as number) * (b[i + 2] as number);
    s3 += (a[i + 3] as number) * (b[i + 3] as number);
  }
  for (let i = even; i < a.length; i++) s0 += (a[i] as number) * (b[i] as number);
  return s0 + s1 + s2 + s3;
}

function correlate(
  dw: Float32Array,
  x: Float32Array,
  dy: Float32Array,
  [batch, height, width, channels]: readonly [number, number, number, number],
  kernel: number,
  dilation: number,
): void {
  const sums = new Float64Array(kernel * kernel * channels);
  for (let tap = 0; tap < kernel * kernel; tap++) {
    const down = (Math.floor(tap / kernel) - (kernel - 1) / 2) * dilation;
    const right = ((tap % kernel) - (kernel - 1) / 2) * dilation;
    const [firstRow, endRow] = [Math.max(0, -down), Math.min(height, height - down)];
    const [first, end] = [Math.max(0, -right), Math.min(width, width - right)];
    const offset = (down * width + right) * channels;
    const tapSums = sums.subarray(tap * channels, (tap + 1) * channels);
    for (let n = 0; n < batch; n++) {
      for (let row = firstRow; row < endRow; row++) {
        const start = (n * height + row) * width;
        addProducts(tapSums, x, dy, (start + first) * channels, (start + end) * channels, offset);
      }
    }
  }
  dw.set(sums);
}

function addProducts(
  sums: Float64Array,
  x: Float32Array,
  dy: Float32Array,
  start: number,
  end: number,
  offset: number,
): void {
  const channels = sums.length;
  for (let i = start; i < end; ) {
    for (let c = 0; c < channels; c++, i++) (sums[c] as number) += (x[i + offset] as number) * (dy[i] as number);
  }
}

function routeToMaximum(
  dx: Float32Array,
  dy: Float32Array,
  x: Float32Array,
  pooled: Float32Array,
  [batch, height, width, channels]: readonly [number, number, number, number],
): void {
  dx.fill(0);
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const start = ((n * height + row) * width + column) * channels;
        for (let i = start; i < start + channels; i++) {
          const winner = firstMaximum(x, pooled[i] as number, i, row, column, height, width, channels);
          (dx[winner] as number) += dy[i] as number;
        }
      }
    }
  }
}

/** Position of the window's maximum; of several the first in row-major order, as in PyTorch. */
function firstMaximum(
  x: Float32Array,
  maximum: number,
  center: number,
  row: number,
  column: number,
  height: number,
  width: number,
  channels: number,
): number {
  for (let down = -1; down <= 1; down++) {
    if (row + down < 0 || row + down >= height) continue;
    for (let right = -1; right <= 1; right++) {
      if (column + right < 0 || column + right >= width) continue;
      const position = center + (down * width + right) * channels;
      if (x[position] === maximum) return position;
    }
  }
  return center;
}

function maskPositive(dx: Float32Array, dy: Float32Array, y: Float32Array): void {
  for (let i = 0; i < y.length; i++) dx[i] = (y[i] as number) > 0 ? (dy[i] as number) : 0;
}
