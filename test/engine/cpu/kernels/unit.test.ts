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

/** A unit's input is `[height + 2 pad][width + 2 pad][channels]`; with stride 2, of twice the shape's size. */
interface Unit {
  readonly pad: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: number;
  readonly dilation: number;
  readonly stride: number;
}

const FILTERS = [
  { kernel: 3, dilation: 1, pad: 4, stride: 1 },
  { kernel: 3, dilation: 2, pad: 4, stride: 2 },
  { kernel: 5, dilation: 2, pad: 4, stride: 1 },
  { kernel: 5, dilation: 1, pad: 2, stride: 2 },
  { kernel: 3, dilation: 1, pad: 1, stride: 2 },
] as const;

const CASES = SHAPES.flatMap((shape, i) => {
  // Two filters for every shape.
  return [0, 1].map((more) => {
    const filter = FILTERS[(2 * i + more) % FILTERS.length] as (typeof FILTERS)[number];
    const { kernel, dilation, pad, stride } = filter;
    const title = `${describeShape(shape)}: ${kernel}x${kernel}, dilation ${dilation}, stride ${stride}, pad ${pad}`;
    const unit = { ...filter, height: stride * shape.height, width: stride * shape.width, channels: shape.channels };
    return [title, shape, unit] as const;
  });
});

/** relu(scale x + shift), with zeros around it. */
function fill(x: Float32Array, { height, width, channels }: Shape, pad: number, scale?: Float32Array, shift = scale) {
  const to = new Float64Array((height + 2 * pad) * (width + 2 * pad) * channels);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      for (let k = 0; k < channels; k++) {
        const value = x[(i * width + j) * channels + k] as number;
        const at = ((i + pad) * (width + 2 * pad) + j + pad) * channels + k;
        to[at] = Math.max(0, scale && shift ? value * (scale[k] as number) + (shift[k] as number) : value);
      }
    }
  }
  return to;
}

/** Every output pixel with every pixel of the padded input that one of the filter's taps reads for it. */
function eachTap(
  { pad, height, width, kernel, dilation, stride }: Unit,
  visit: (pixel: number, from: number, tap: number) => void,
): void {
  for (let i = 0; i < height / stride; i++) {
    for (let j = 0; j < width / stride; j++) {
      for (let tap = 0; tap < kernel * kernel; tap++) {
        const down = pad + i * stride + (Math.floor(tap / kernel) - (kernel - 1) / 2) * dilation;
        const right = pad + j * stride + ((tap % kernel) - (kernel - 1) / 2) * dilation;
        visit(i * (width / stride) + j, down * (width + 2 * pad) + right, tap);
      }
    }
  }
}

function depthwise(x: Float32Array, unit: Unit, weights: Float32Array): Float64Array {
  const { height, width, channels, stride } = unit;
  const filtered = new Float64Array((height / stride) * (width / stride) * channels);
  eachTap(unit, (pixel, from, tap) => {
    for (let k = 0; k < channels; k++) {
      (filtered[pixel * channels + k] as number) +=
        (x[from * channels + k] as number) * (weights[tap * channels + k] as number);
    }
  });
  return filtered;
}

/** y[pixels][to] = x[pixels][from] * w[from][to] */
function pointwise(x: ArrayLike<number>, weights: ArrayLike<number>, from: number, to: number): Float64Array {
  return Float64Array.from({ length: (x.length / from) * to }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < from; k++) {
      sum += (x[Math.floor(i / to) * from + k] as number) * (weights[k * to + (i % to)] as number);
    }
    return sum;
  });
}

function transposed(weights: Float32Array, channels: number): Float32Array {
  return weights.map((_, i) => weights[(i % channels) * channels + Math.floor(i / channels)] as number);
}

/** The filter by 180 degrees. */
function turned(weights: Float32Array, channels: number): Float32Array {
  return weights.map((_, i) => weights[weights.length - channels - (i - (i % channels)) + (i % channels)] as number);
}

/** What the pictures add to the gradients of both convolutions, `[chunks][pointwise, depthwise]`, and at the inputs. */
function differentiate(
  x: Float32Array,
  unit: Unit,
  { chunks: { pictures, count, each } }: Shape,
  weights: { readonly depthwise: Float32Array; readonly pointwise: Float32Array },
  dz: Float64Array,
): { gradients: Float64Array; dx: Float64Array[] } {
  const { pad, height, width, channels, kernel } = unit;
  const filtered = depthwise(x, unit, weights.depthwise);
  const both = (channels + kernel * kernel) * channels;
  const gradients = new Float64Array(count * both);
  const dx: Float64Array[] = [];
  for (let n = 0; n < pictures; n++) {
    const start = Math.floor(n / each) * both;
    const own = dz.subarray(n * filtered.length, (n + 1) * filtered.length);
    for (const [i, gradient] of own.entries()) {
      const pixel = Math.floor(i / channels);
      for (let k = 0; k < channels; k++) {
        (gradients[start + k * channels + (i % channels)] as number) +=
          (filtered[pixel * channels + k] as number) * gradient;
      }
    }
    const dfiltered = pointwise(own, transposed(weights.pointwise, channels), channels, channels);
    const dpadded = new Float64Array(x.length);
    eachTap(unit, (pixel, from, tap) => {
      for (let k = 0; k < channels; k++) {
        const gradient = dfiltered[pixel * channels + k] as number;
        (gradients[start + (channels + tap) * channels + k] as number) += (x[from * channels + k] as number) * gradient;
        (dpadded[from * channels + k] as number) += (weights.depthwise[tap * channels + k] as number) * gradient;
      }
    });
    dx.push(
      Float64Array.from({ length: height * width * channels }, (_, i) => {
        const [row, column] = [Math.floor(i / (width * channels)), Math.floor(i / channels) % width];
        return dpadded[((row + pad) * (width + 2 * pad) + column + pad) * channels + (i % channels)] as number;
      }),
    );
  }
  return { gradients, dx };
}

describeOperations((bench) => {
  it.each(SHAPES)('fill: $height x $width x $channels', (shape) => {
    const { chunks, height, width, channels } = shape;
    const size = height * width * channels;
    const x = normals('x', chunks.pictures * size);
    const [scale, shift] = [normals('scale', channels), normals('shift', channels)];
    const last = x.subarray(-size);
    for (const pad of [1, 2, 4]) {
      const plain = bench().run(
        'fill',
        { x, height, width, channels, pad, normalize: 0, mixing: null, kept: null },
        { chunks },
      );
      expectClose(plain('to'), fill(last, shape, pad));
      const fields = { x, height, width, channels, pad, normalize: 1, scale, shift, mixing: MADE, kept: null };
      expectClose(bench().run('fill', fields, { chunks })('to'), fill(last, shape, pad, scale, shift));
      // Nothing is made: what was there shows.
      expect(() => bench().run('fill', { ...fields, mixing: SKIPPED }, { chunks })).toThrow('what lies around');
    }
  });

  it('fill leaves NaN what is NaN', () => {
    const x = normals('x', 4 * 20).fill(Number.NaN, 20, 24);
    const after = bench().run('fill', {
      x,
      height: 2,
      width: 2,
      channels: 20,
      pad: 0,
      normalize: 0,
      mixing: null,
      kept: null,
    });
    const seen = [...after('to')].flatMap((value, i) => (Number.isNaN(value) ? [i] : []));
    expect(seen).toEqual([20, 21, 22, 23]);
  });

  it.each(CASES)('unit: %s', (_, { chunks }, unit) => {
    const { pad, height, width, channels, kernel, stride } = unit;
    const x = normals('x', (height + 2 * pad) * (width + 2 * pad) * channels);
    const weights = {
      depthwise: normals('depthwise', kernel ** 2 * channels),
      pointwise: normals('pointwise', channels ** 2),
    };
    const after = bench().run('unit', { ...unit, x, ...weights, mixing: MADE }, { chunks });
    const one = pointwise(depthwise(x, unit, weights.depthwise), weights.pointwise, channels, channels);
    // The scratch is what all pictures of this bench have in common.
    const z = Float64Array.from({ length: chunks.pictures * one.length }, (_, i) => one[i % one.length] as number);
    expectClose(after('z'), z);
    const value = (i: number): number => z[i] as number;
    const pixels = (height / stride) * (width / stride);
    const sums = sumPictures(pixels, channels, chunks.pictures, [value, (i) => value(i) ** 2]);
    expectClose(after('sums'), sums);

    const skipped = bench().run('unit', { ...unit, x, ...weights, mixing: SKIPPED }, { chunks });
    expect(skipped('z')).toEqual(new Float32Array(z.length));
    expect(skipped('sums')).toEqual(new Float32Array(sums.length));
  });

  it.each(CASES)('unitBackward: %s', (_, shape, unit) => {
    const { chunks } = shape;
    const { pad, height, width, channels, kernel, stride } = unit;
    const x = normals('x', (height + 2 * pad) * (width + 2 * pad) * channels);
    const size = chunks.pictures * (height / stride) * (width / stride) * channels;
    const [g, z, abc] = [normals('g', size), normals('z', size), normals('abc', 3 * channels)];
    const weights = {
      depthwise: normals('depthwise', kernel ** 2 * channels),
      pointwise: normals('pointwise', channels ** 2),
    };
    const expected = differentiate(x, unit, shape, weights, differentiated(g, z, abc, channels));
    const back = {
      ...unit,
      ...{ g, drops: null, z, abc, mixing: null },
      turned: turned(weights.depthwise, channels),
      transposed: transposed(weights.pointwise, channels),
    };
    const training = { ...back, x, depthwise: weights.depthwise, wanted: 1 };

    const after = bench().run('unitBackward', { ...training, add: 0 }, { chunks });
    expectClose(after('gradients'), expected.gradients);
    const last = expected.dx.at(-1) as Float64Array;
    expectClose(after('dx'), last);
    const alphaOnly = bench().run('unitBackward', { ...back, wanted: 0, add: 0 }, { chunks });
    expect(alphaOnly('dx')).toEqual(after('dx'));

    // Where drop-path multiplies a picture's gradient, it is as if it had been handed over so.
    const drops = exactDrops(chunks.pictures);
    const dropped = bench().run('unitBackward', { ...training, drops, add: 0 }, { chunks });
    const handed = bench().run('unitBackward', { ...training, g: multiplied(g, drops), add: 0 }, { chunks });
    for (const place of ['gradients', 'dx']) expect(dropped(place)).toEqual(handed(place));

    // Of one thread, that all pictures add to.
    const one = { ...chunks, count: 1, each: chunks.pictures };
    const before = normals('dx', last.length);
    const added = bench().run('unitBackward', { ...training, dx: before, add: 1 }, { chunks: one });
    expectClose(
      added('dx'),
      before.map((value, i) => expected.dx.reduce((sum, picture) => sum + (picture[i] as number), value)),
    );
    const made = bench().run('unitBackward', { ...training, dx: before, add: 1, mixing: MADE }, { chunks: one });
    for (const place of ['gradients', 'dx']) expect(made(place)).toEqual(added(place));

    // What is skipped has no gradients, and leaves that of others.
    const skipped = bench().run('unitBackward', { ...training, add: 0, mixing: SKIPPED }, { chunks });
    expect(skipped('dx')).toEqual(new Float32Array(last.length));
    expect(skipped('gradients')).toEqual(new Float32Array(expected.gradients.length));
    const beside = bench().run('unitBackward', { ...training, dx: before, add: 1, mixing: SKIPPED }, { chunks: one });
    expect(beside('dx')).toEqual(before);
  });

  it.each(SHAPES)('betweenUnits: $height x $width x $channels', ({ chunks, height, width, channels }) => {
    const pixels = height * width;
    const [dx, z] = [normals('dx', pixels * channels), normals('z', chunks.pictures * pixels * channels)];
    const [scale, shift] = [normals('scale', channels), normals('shift', channels)];
    const after = bench().run('betweenUnits', { dx, z, scale, shift, pixels, channels, kept: null }, { chunks });
    const g = Float64Array.from(z, (value, i) => {
      const k = i % channels;
      return value * (scale[k] as number) + (shift[k] as number) > 0 ? (dx[i % dx.length] as number) : 0;
    });
    expectClose(after('g'), g);
    const rows = [(i: number) => g[i] as number, (i: number) => (g[i] as number) * (z[i] as number)];
    expectClose(after('sums'), sumPictures(pixels, channels, chunks.pictures, rows));
  });
});
