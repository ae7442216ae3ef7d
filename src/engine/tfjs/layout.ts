import type { WeightSpec } from '../../network/block-graph.ts';

/** How a weight is used, which decides its layout in TensorFlow.js. */
export type WeightRole = 'convolution' | 'depthwise' | 'vector';

/** Shape in TensorFlow.js: `[h, w, in, out]`, `[h, w, channels, 1]`, or as it is. */
export function tfjsShape({ shape }: WeightSpec, role: WeightRole): number[] {
  if (role === 'vector') return [...shape];
  const [out = 1, within = 1, height = 1, width = 1] = shape;
  return role === 'convolution' ? [height, width, within, out] : [height, width, out, within];
}

/** Copy of a weight from PyTorch's layout (`[out, in, h, w]`) to that of TensorFlow.js. */
export function toTfjs(spec: WeightSpec, role: WeightRole, values: Float32Array): Float32Array {
  return permute(spec, role, values, (result, to, from) => {
    result[to] = values[from] as number;
  });
}

/** The way back. */
export function fromTfjs(spec: WeightSpec, role: WeightRole, values: Float32Array): Float32Array {
  return permute(spec, role, values, (result, to, from) => {
    result[from] = values[to] as number;
  });
}

function permute(
  { shape }: WeightSpec,
  role: WeightRole,
  values: Float32Array,
  move: (result: Float32Array, tfjs: number, pytorch: number) => void,
): Float32Array {
  if (role === 'vector') return values.slice();
  const result = new Float32Array(values.length);
  const [out = 1, within = 1, height = 1, width = 1] = shape;
  const taps = height * width;
  let pytorch = 0;
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < within; i++) {
      for (let tap = 0; tap < taps; tap++) {
        const channels = role === 'convolution' ? i * out + o : o * within + i;
        move(result, tap * out * within + channels, pytorch++);
      }
    }
  }
  return result;
}
