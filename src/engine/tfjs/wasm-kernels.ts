import * as tf from '@tensorflow/tfjs';
import { composedKernels, type TensorKernels } from './tensor-kernels.ts';
import {
  correlate,
  differentiateNormalization,
  differentiateScaleAndShift,
  dot,
  maskPositive,
  normalizeChannels,
  routeToMaximum,
  scaleAndShift,
  sumWeighted,
  sumWeightedByPicture,
} from './wasm-loops.ts';

/** The part of the wasm backend that a kernel in JavaScript needs. */
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
  return tf.engine().runKernel<tf.Tensor[]>(KERNEL, inputs, attributes);
}

/**
 * The kernels for the wasm backend: JavaScript on its heap for those that it lacks or has wrong or slow.
 * Sums are carried in float64.
 */
export const wasmKernels: TensorKernels = {
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

  scaleShiftBackward: (gradient, x, scale) => {
    const shapes = [x.shape, scale.shape, scale.shape];
    const [input, dscale, dshift] = onHeap([gradient, x, scale], shapes, (outputs, [dy, value, factor]) => {
      const [dx, products, sums] = outputs as [Float32Array, Float32Array, Float32Array];
      differentiateScaleAndShift(dx, products, sums, dy as Float32Array, value as Float32Array, factor as Float32Array);
    });
    return { input: input as tf.Tensor4D, scale: dscale as tf.Tensor1D, shift: dshift as tf.Tensor1D };
  },

  weightedSum: (tensors, weights) => {
    const { shape } = tensors[0] as tf.Tensor4D;
    const [result] = onHeap(tensors, [shape], ([y], inputs) => {
      if (weights.every((weight) => typeof weight === 'number')) sumWeighted(y as Float32Array, inputs, weights);
      else sumWeightedByPicture(y as Float32Array, inputs, weights, shape[0]);
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
