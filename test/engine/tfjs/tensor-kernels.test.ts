import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../src/engine/tfjs/backend.ts';
import { composedKernels, type TensorKernels } from '../../../src/engine/tfjs/tensor-kernels.ts';
import { wasmKernels } from '../../../src/engine/tfjs/wasm-kernels.ts';
import { Random } from '../../../src/math/random.ts';

type Shape = [number, number, number, number];

beforeAll(async () => {
  await startBackend('wasm');
});

const shapes: fc.Arbitrary<Shape> = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 7 }),
);
const seeds = fc.nat(1000);
const filters = fc.tuple(fc.constantFrom<3 | 5>(3, 5), fc.constantFrom<1 | 2>(1, 2));
const RUNS = { numRuns: 60, seed: 1 };

function normals(seed: number, name: string, shape: readonly number[]): Float32Array {
  const random = Random.fromSeed(seed, name);
  return Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => random.normal());
}

/** Runs kernels and frees what they made. */
function run(kernel: () => tf.Tensor | tf.Tensor[]): Float32Array[] {
  return tf.tidy(() => [kernel()].flat().map((tensor) => tensor.dataSync<'float32'>().slice()));
}

/** float32 arithmetic on sums of at most some hundred normal values: 1e-5 of the largest. */
function expectClose(actual: Float32Array | undefined, expected: ArrayLike<number>): void {
  expect(actual?.length).toBe(expected.length);
  const values = Array.from(expected);
  const largest = Math.max(1, ...values.map(Math.abs));
  const worst = Math.max(...values.map((value, i) => Math.abs((actual?.[i] as number) - value)));
  expect(worst).toBeLessThan(1e-5 * largest);
}

/** Calls back for every position and every tap of its window that lies inside the picture. */
function eachTap(
  [batch, height, width, channels]: Shape,
  kernel: number,
  dilation: number,
  visit: (center: number, neighbor: number, tap: number, channel: number) => void,
): void {
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        for (let tap = 0; tap < kernel * kernel; tap++) {
          const down = row + (Math.floor(tap / kernel) - (kernel - 1) / 2) * dilation;
          const right = column + ((tap % kernel) - (kernel - 1) / 2) * dilation;
          if (down < 0 || down >= height || right < 0 || right >= width) continue;
          for (let c = 0; c < channels; c++) {
            const center = ((n * height + row) * width + column) * channels + c;
            const neighbor = ((n * height + down) * width + right) * channels + c;
            visit(center, neighbor, tap, c);
          }
        }
      }
    }
  }
}

describe.each<[string, TensorKernels]>([
  ['wasmKernels', wasmKernels],
  ['composedKernels', composedKernels],
])('%s against loops in float64', (_, kernels) => {
  it('depthwise', () => {
    fc.assert(
      fc.property(shapes, filters, seeds, (shape, [kernel, dilation], seed) => {
        const [x, w] = [normals(seed, 'x', shape), normals(seed, 'w', [kernel * kernel, shape[3]])];
        const expected = new Float64Array(x.length);
        eachTap(shape, kernel, dilation, (center, neighbor, tap, c) => {
          (expected[center] as number) += (x[neighbor] as number) * (w[tap * shape[3] + c] as number);
        });
        const [actual] = run(() => {
          return kernels.depthwise(tf.tensor4d(x, shape), tf.tensor4d(w, [kernel, kernel, shape[3], 1]), dilation);
        });
        expectClose(actual, expected);
      }),
      RUNS,
    );
  });

  it('depthwiseFilterGradient', () => {
    fc.assert(
      fc.property(shapes, filters, seeds, (shape, [kernel, dilation], seed) => {
        const [x, gradient] = [normals(seed, 'x', shape), normals(seed, 'dy', shape)];
        const expected = new Float64Array(kernel * kernel * shape[3]);
        eachTap(shape, kernel, dilation, (center, neighbor, tap, c) => {
          (expected[tap * shape[3] + c] as number) += (x[neighbor] as number) * (gradient[center] as number);
        });
        const [actual] = run(() => {
          return kernels.depthwiseFilterGradient(tf.tensor4d(x, shape), tf.tensor4d(gradient, shape), kernel, dilation);
        });
        expectClose(actual, expected);
      }),
      RUNS,
    );
  });

  it('normalize and its gradient', () => {
    fc.assert(
      fc.property(shapes, seeds, fc.constantFrom(1, -0.25, 3), ([pictures, ...sizes], seed, scale) => {
        // Two pictures at least: of a single value the spread is 0 and everything is rounding.
        const shape: Shape = [pictures + 1, ...sizes];
        const [x, gradient] = [normals(seed, 'x', shape), normals(seed, 'dy', shape)];
        const [channels, rows] = [shape[3], x.length / shape[3]];
        const y = new Float64Array(x.length);
        const dx = new Float64Array(x.length);
        const mean = new Float64Array(channels);
        const variance = new Float64Array(channels);
        for (let c = 0; c < channels; c++) {
          const own = Array.from({ length: rows }, (_, row) => row * channels + c);
          const meanOf = (value: (i: number) => number): number => own.reduce((sum, i) => sum + value(i), 0) / rows;
          const center = meanOf((i) => x[i] as number);
          const spread = meanOf((i) => ((x[i] as number) - center) ** 2);
          const deviation = Math.sqrt(spread + 1e-5);
          for (const i of own) y[i] = ((x[i] as number) - center) / deviation;
          const slope = meanOf((i) => gradient[i] as number);
          const projection = meanOf((i) => (gradient[i] as number) * (y[i] as number));
          for (const i of own) {
            dx[i] = (scale * ((gradient[i] as number) - slope - (y[i] as number) * projection)) / deviation;
          }
          [mean[c], variance[c]] = [center, spread];
        }
        const actual = run(() => {
          const normalized = kernels.normalize(tf.tensor4d(x, shape));
          const { output } = normalized;
          const back = kernels.normalizeBackward(tf.tensor4d(gradient, shape), scale, normalized);
          return [output, normalized.mean, normalized.variance, back];
        });
        expectClose(actual[0], y);
        expectClose(actual[1], mean);
        expectClose(actual[2], variance);
        expectClose(actual[3], dx);
      }),
      RUNS,
    );
  });

  it('scaleShift', () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const channels = shape[3];
        const [x, scale, shift] = [
          normals(seed, 'x', shape),
          normals(seed, 's', [channels]),
          normals(seed, 't', [channels]),
        ];
        const [actual] = run(() => kernels.scaleShift(tf.tensor4d(x, shape), tf.tensor1d(scale), tf.tensor1d(shift)));
        expectClose(
          actual,
          x.map((value, i) => value * (scale[i % channels] as number) + (shift[i % channels] as number)),
        );
      }),
      RUNS,
    );
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('weightedSum and dots of %i tensors', (count) => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const gradient = normals(seed, 'dy', shape);
        const tensors = Array.from({ length: count }, (_, i) => normals(seed, `x${i}`, shape));
        const weights = [...normals(seed, 'weights', [count])];
        const sum = Array.from(gradient, (_, i) => {
          return tensors.reduce((total, values, t) => total + (weights[t] as number) * (values[i] as number), 0);
        });
        const products = tensors.map((values) => {
          return values.reduce((total, value, i) => total + value * (gradient[i] as number), 0);
        });
        const [actualSum, actualProducts] = run(() => {
          const inputs = tensors.map((values) => tf.tensor4d(values, shape));
          return [kernels.weightedSum(inputs, weights), kernels.dots(tf.tensor4d(gradient, shape), inputs)];
        });
        expectClose(actualSum, sum);
        expectClose(actualProducts, products);
      }),
      { ...RUNS, numRuns: 8 },
    );
  });

  it('reluBackward lets nothing through at 0 and below', () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const [x, gradient] = [normals(seed, 'x', shape), normals(seed, 'dy', shape)];
        x[0] = 0;
        const rectified = x.map((value) => Math.max(0, value));
        const [actual] = run(() => kernels.reluBackward(tf.tensor4d(gradient, shape), tf.tensor4d(rectified, shape)));
        expectClose(
          actual,
          gradient.map((value, i) => ((x[i] as number) > 0 ? value : 0)),
        );
      }),
      RUNS,
    );
  });
});

describe('max pool on wasm', () => {
  /** Values of few sizes, so that windows have ties, and shifted: maxima above, below and at 0. */
  const pictures = fc.tuple(shapes, seeds, fc.constantFrom(-10, -2, 0, 2)).map(([shape, seed, shift]) => {
    return { shape, x: normals(seed, 'x', shape).map((value) => Math.round(2 * value) / 2 + shift), seed };
  });

  it('takes the largest value inside the picture, and hands its gradient to the first of the largest', () => {
    fc.assert(
      fc.property(pictures, ({ shape, x, seed }) => {
        const gradient = normals(seed, 'dy', shape);
        const largest = new Float64Array(x.length).fill(Number.NEGATIVE_INFINITY);
        const winner = new Int32Array(x.length).fill(-1);
        eachTap(shape, 3, 1, (center, neighbor) => {
          if ((x[neighbor] as number) <= (largest[center] as number)) return;
          largest[center] = x[neighbor] as number;
          winner[center] = neighbor;
        });
        const expected = new Float64Array(x.length);
        for (const [center, neighbor] of winner.entries()) {
          (expected[neighbor] as number) += gradient[center] as number;
        }
        const [pooled, actual] = run(() => {
          const input = tf.tensor4d(x, shape);
          const output = tf.maxPool(input, 3, 1, 'same');
          return [output, wasmKernels.maxPoolBackward(tf.tensor4d(gradient, shape), input, output)];
        });
        expect([...(pooled as Float32Array)]).toEqual([...largest]);
        expectClose(actual, expected);
      }),
      RUNS,
    );
  });
});
