import { expect, it } from 'vitest';
import { describeOperations } from './bench.ts';
import { expectClose } from './expect-close.ts';
import {
  describeShape,
  differentiated,
  exactDrops,
  MADE,
  multiplied,
  normals,
  SHAPES,
  type Shape,
  SKIPPED,
  sumPictures,
} from './pictures.ts';

interface Input {
  readonly channels: number;
  readonly stride: number;
  /** Row and column of the first position that is taken. */
  readonly phase: number;
}

/** Channels of the inputs that stand side by side; all positions, or every second one from (0, 0) and from (1, 1). */
const INPUTS: readonly (readonly Input[])[] = [
  [8],
  [4],
  [16],
  [12, 4, 8],
  [32],
  [16, 16],
  [4, 4, 4, 4, 4],
  [64],
  [20],
  [8, 8],
].map((channels, i) => {
  if (i % 2 === 0) return channels.map((each) => ({ channels: each, stride: 1, phase: 0 }));
  return [0, 1].flatMap((phase) => channels.map((each) => ({ channels: each, stride: 2, phase })));
});

const CASES = SHAPES.map((shape, i) => {
  const inputs = INPUTS[i] as readonly Input[];
  const text = inputs.map(({ channels, phase }) => `${channels}${phase ? '’' : ''}`).join(', ');
  return [`${describeShape(shape)} of ${text}, stride ${inputs[0]?.stride}`, shape, inputs] as const;
});

/** Every input at random, and for each number of a gathered row where in which input it comes from. */
function gather({ chunks, height, width }: Shape, inputs: readonly Input[]) {
  const from = inputs.reduce((sum, { channels }) => sum + channels, 0);
  const pixels = chunks.pictures * height * width;
  const xs = inputs.map(({ channels, stride }, i) => normals(`x${i}`, pixels * stride ** 2 * channels));
  const sources: { readonly input: number; readonly at: number }[] = [];
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [n, i, j] = [Math.floor(pixel / (height * width)), Math.floor(pixel / width) % height, pixel % width];
    for (const [input, { channels, stride, phase }] of inputs.entries()) {
      const row = n * height * stride + i * stride + phase;
      const start = (row * width * stride + j * stride + phase) * channels;
      for (let k = 0; k < channels; k++) sources.push({ input, at: start + k });
    }
  }
  const gathered = sources.map(({ input, at }) => xs[input]?.[at] as number);
  return { from, pixels, xs, sources, gathered };
}

describeOperations((bench) => {
  it.each(CASES)('point: %s', (_, shape, inputs) => {
    const { chunks, height, width, channels } = shape;
    const { from, pixels, xs, gathered } = gather(shape, inputs);
    const weights = normals('weights', from * channels);
    const z = Float64Array.from({ length: pixels * channels }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < from; k++) {
        const value = gathered[Math.floor(i / channels) * from + k] as number;
        sum += Math.max(0, value) * (weights[k * channels + (i % channels)] as number);
      }
      return sum;
    });
    const input = inputs.map((each, i) => ({ ...each, x: xs[i] as Float32Array, kept: null }));
    const fields = { height, width, from, channels, weights, wanted: 0, input };
    const after = bench().run('point', { ...fields, mixing: null }, { chunks });
    expectClose(after('z'), z);
    const value = (i: number): number => z[i] as number;
    const sums = sumPictures(height * width, channels, chunks.pictures, [value, (i) => value(i) ** 2]);
    expectClose(after('sums'), sums);
    const made = bench().run('point', { ...fields, mixing: MADE }, { chunks });
    for (const place of ['z', 'sums']) expect(made(place)).toEqual(after(place));
    const skipped = bench().run('point', { ...fields, mixing: SKIPPED }, { chunks });
    expect(skipped('z')).toEqual(new Float32Array(z.length));
    expect(skipped('sums')).toEqual(new Float32Array(sums.length));
  });

  it.each(CASES)('pointBackward: %s', (_, shape, inputs) => {
    const { chunks, height, width, channels } = shape;
    const { from, pixels, xs, sources, gathered } = gather(shape, inputs);
    const weights = normals('weights', from * channels);
    const transposed = weights.map((_, i) => weights[(i % from) * channels + Math.floor(i / from)] as number);
    const [g, z, abc] = [
      normals('g', pixels * channels),
      normals('z', pixels * channels),
      normals('abc', 3 * channels),
    ];
    const dz = differentiated(g, z, abc, channels);
    const before = xs.map((x, i) => normals(`g${i}`, x.length));
    const gs = before.map((values) => Float64Array.from(values));
    const gradients = new Float64Array(chunks.count * from * channels);
    for (const [i, { input, at }] of sources.entries()) {
      const value = gathered[i] as number;
      if (value <= 0) continue;
      const [pixel, row] = [Math.floor(i / from), i % from];
      const chunk = Math.floor(pixel / (height * width * chunks.each));
      for (let k = 0; k < channels; k++) {
        const gradient = dz[pixel * channels + k] as number;
        ((gs[input] as Float64Array)[at] as number) += gradient * (weights[row * channels + k] as number);
        (gradients[(chunk * from + row) * channels + k] as number) += gradient * value;
      }
    }
    const input = inputs.map((each, i) => ({
      ...each,
      x: xs[i] as Float32Array,
      g: before[i] as Float32Array,
      kept: null,
    }));
    const fields = { height, width, from, channels, g, z, abc, transposed, mixing: null, input };
    for (const wanted of [0, 1]) {
      const after = bench().run('pointBackward', { ...fields, drops: null, wanted }, { chunks });
      for (const [i, expected] of gs.entries()) expectClose(after(`input.${i}.g`), expected);
      if (wanted) expectClose(after('gradients'), gradients);
    }
    // Where drop-path multiplies a picture's gradient, it is as if it had been handed over so.
    const drops = exactDrops(chunks.pictures);
    const [one, other] = [
      bench().run('pointBackward', { ...fields, drops, wanted: 1 }, { chunks }),
      bench().run('pointBackward', { ...fields, g: multiplied(g, drops), drops: null, wanted: 1 }, { chunks }),
    ];
    for (const place of [...inputs.map((_, i) => `input.${i}.g`), 'gradients'])
      expect(one(place)).toEqual(other(place));

    const back = { ...fields, drops: null, wanted: 1, mixing: SKIPPED };
    const skipped = bench().run('pointBackward', back, { chunks });
    for (const [i, values] of before.entries()) expect(skipped(`input.${i}.g`)).toEqual(values);
    expect(skipped('gradients')).toEqual(new Float32Array(gradients.length));
  });
});
