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

const RUNS = { numRuns: 60, seed: 1 };
const shapes: fc.Arbitrary<Shape> = fc.tuple(
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 7 }),
);

function normals(seed: number, name: string, size: number): Float32Array {
  const random = Random.fromSeed(seed, name);
  return Float32Array.from({ length: size }, () => random.normal());
}

function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** float32 arithmetic on sums of at most some hundred normal values: 1e-5 of the largest. */
function expectClose(actual: tf.Tensor, expected: ArrayLike<number>): void {
  const values = actual.dataSync<'float32'>();
  expect(values.length).toBe(expected.length);
  const largest = Math.max(1, ...Array.from(expected, Math.abs));
  const worst = Math.max(...Array.from(expected, (value, i) => Math.abs((values[i] as number) - value)));
  expect(worst).toBeLessThan(1e-5 * largest);
}

/** Tensors that are there after a kernel and were not before. */
function made(kernel: () => tf.TensorContainer): number {
  return tf.tidy(() => {
    const before = tf.memory().numTensors;
    kernel();
    return tf.memory().numTensors - before;
  });
}

describe.each<[string, TensorKernels]>([
  ['wasmKernels', wasmKernels],
  ['composedKernels', composedKernels],
])('%s against loops in float64', (_, kernels) => {
  it('scaleShiftBackward', () => {
    fc.assert(
      fc.property(shapes, fc.nat(1000), (shape, seed) => {
        const [size, channels] = [sizeOf(shape), shape[3]];
        const [dy, x, scale] = [normals(seed, 'dy', size), normals(seed, 'x', size), normals(seed, 's', channels)];
        const [dscale, dshift] = [new Float64Array(channels), new Float64Array(channels)];
        const dx = dy.map((gradient, i) => {
          (dscale[i % channels] as number) += gradient * (x[i] as number);
          (dshift[i % channels] as number) += gradient;
          return gradient * (scale[i % channels] as number);
        });
        tf.tidy(() => {
          const [gradient, value] = [tf.tensor4d(dy, shape), tf.tensor4d(x, shape)];
          const actual = kernels.scaleShiftBackward(gradient, value, tf.tensor1d(scale));
          expectClose(actual.input, dx);
          expectClose(actual.scale, dscale);
          expectClose(actual.shift, dshift);
        });
      }),
      RUNS,
    );
  });

  it('weightedSum with weights of each picture, of all, or both', () => {
    const kinds = fc.array(fc.boolean(), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(shapes, kinds, fc.nat(1000), (shape, byPicture, seed) => {
        const size = sizeOf(shape);
        const terms = byPicture.map((each, i) => ({
          values: normals(seed, `x${i}`, size),
          // Weights of 0 among them.
          weight: each ? normals(seed, `w${i}`, shape[0]).map((w) => (w < -0.5 ? 0 : w)) : 0.5 + i,
        }));
        const expected = Float64Array.from({ length: size }, (_unused, i) => {
          const picture = Math.floor((i * shape[0]) / size);
          return terms.reduce((sum, { values, weight }) => {
            return sum + (values[i] as number) * (typeof weight === 'number' ? weight : (weight[picture] as number));
          }, 0);
        });
        tf.tidy(() => {
          const tensors = terms.map(({ values }) => tf.tensor4d(values, shape));
          const weights = terms.map(({ weight }) => weight);
          expectClose(kernels.weightedSum(tensors, weights), expected);
        });
      }),
      RUNS,
    );
  });

  it('leave nothing behind but their results', () => {
    tf.tidy(() => {
      const [x, filter, scale] = [tf.randomNormal([2, 4, 4, 3]), tf.randomNormal([3, 3, 3, 1]), tf.ones([3])] as [
        tf.Tensor4D,
        tf.Tensor4D,
        tf.Tensor1D,
      ];
      const [normalized, pooled] = [kernels.normalize(x), tf.maxPool(x, 3, 1, 'same')];
      const calls: { [name in keyof TensorKernels]: [results: number, call: () => tf.TensorContainer] } = {
        normalize: [3, () => ({ ...kernels.normalize(x) })],
        normalizeBackward: [1, () => kernels.normalizeBackward(x, 2, normalized)],
        scaleShift: [1, () => kernels.scaleShift(x, scale, scale)],
        scaleShiftBackward: [3, () => ({ ...kernels.scaleShiftBackward(x, x, scale) })],
        weightedSum: [1, () => kernels.weightedSum([x, x], [2, Float32Array.of(1, 0)])],
        dots: [1, () => kernels.dots(x, [x, x])],
        depthwise: [1, () => kernels.depthwise(x, filter, 2)],
        depthwiseFilterGradient: [1, () => kernels.depthwiseFilterGradient(x, x, 3, 2)],
        maxPoolBackward: [1, () => kernels.maxPoolBackward(x, x, pooled)],
        reluBackward: [1, () => kernels.reluBackward(x, x)],
      };
      for (const [name, [results, call]] of Object.entries(calls)) expect(made(call), name).toBe(results);
    });
  });
});
