import { BATCH_NORM } from '../../network/block-graph.ts';

/*
 * The loops behind the kernels for the wasm backend, on views of its heap. Channels are innermost; results come first
 * among the parameters.
 */

export function normalizeChannels(y: Float32Array, mean: Float32Array, variance: Float32Array, x: Float32Array): void {
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

export function differentiateNormalization(
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

export function scaleAndShift(y: Float32Array, x: Float32Array, scale: Float32Array, shift: Float32Array): void {
  const channels = scale.length;
  for (let i = 0; i < x.length; ) {
    for (let c = 0; c < channels; c++, i++) y[i] = (x[i] as number) * (scale[c] as number) + (shift[c] as number);
  }
}

export function differentiateScaleAndShift(
  dx: Float32Array,
  dscale: Float32Array,
  dshift: Float32Array,
  dy: Float32Array,
  x: Float32Array,
  scale: Float32Array,
): void {
  const channels = scale.length;
  const products = new Float64Array(channels);
  const sums = new Float64Array(channels);
  for (let i = 0; i < x.length; ) {
    for (let c = 0; c < channels; c++, i++) {
      const gradient = dy[i] as number;
      (products[c] as number) += gradient * (x[i] as number);
      (sums[c] as number) += gradient;
      dx[i] = gradient * (scale[c] as number);
    }
  }
  dscale.set(products);
  dshift.set(sums);
}

/** Sums picture by picture, for weights of each picture; tensors of weight 0 are left out. */
export function sumWeightedByPicture(
  y: Float32Array,
  tensors: readonly Float32Array[],
  weights: readonly (number | Float32Array)[],
  batch: number,
): void {
  const size = y.length / batch;
  for (let n = 0; n < batch; n++) {
    const part = (values: Float32Array): Float32Array => values.subarray(n * size, (n + 1) * size);
    const own = weights.map((weight) => (typeof weight === 'number' ? weight : (weight[n] as number)));
    const kept = tensors.filter((_, i) => own[i] !== 0);
    if (kept.length === 0) part(y).fill(0);
    else {
      sumWeighted(
        part(y),
        kept.map(part),
        own.filter((weight) => weight !== 0),
      );
    }
  }
}

export function sumWeighted(y: Float32Array, tensors: readonly Float32Array[], weights: readonly number[]): void {
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

export function dot(a: Float32Array, b: Float32Array): number {
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

export function correlate(
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

export function routeToMaximum(
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

export function maskPositive(dx: Float32Array, dy: Float32Array, y: Float32Array): void {
  for (let i = 0; i < y.length; i++) dx[i] = (y[i] as number) > 0 ? (dy[i] as number) : 0;
}
