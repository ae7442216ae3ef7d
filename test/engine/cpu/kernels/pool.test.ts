import { expect, it } from 'vitest';
import { describeOperations } from './bench.ts';
import { expectClose } from './expect-close.ts';
import { describeShape, differentiated, factorOf, normals, SHAPES, type Shape, sumPictures } from './pictures.ts';

const CASES = SHAPES.flatMap((shape) => {
  return [1, 2].map((stride) => [`${describeShape(shape)}, stride ${stride}`, shape, stride] as const);
});

/** Every output pixel with every tap, 0 to 8, of its window that lies in the picture. */
function eachTap(
  { chunks, height, width }: Shape,
  stride: number,
  visit: (pixel: number, from: number, tap: number) => void,
) {
  const [rows, columns] = [height * stride, width * stride];
  for (let pixel = 0; pixel < chunks.pictures * height * width; pixel++) {
    const [n, i, j] = [Math.floor(pixel / (height * width)), Math.floor(pixel / width) % height, pixel % width];
    for (let tap = 0; tap < 9; tap++) {
      const [row, column] = [i * stride + Math.floor(tap / 3) - 1, j * stride + (tap % 3) - 1];
      if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
      visit(pixel, (n * rows + row) * columns + column, tap);
    }
  }
}

/** Largest of each window, and the tap of the first of them. */
function maxima(x: Float32Array, shape: Shape, stride: number): { z: Float64Array; winner: Uint8Array } {
  const { chunks, height, width, channels } = shape;
  const z = new Float64Array(chunks.pictures * height * width * channels).fill(Number.NEGATIVE_INFINITY);
  const winner = new Uint8Array(z.length);
  eachTap(shape, stride, (pixel, from, tap) => {
    for (let k = 0; k < channels; k++) {
      const value = x[from * channels + k] as number;
      if (value <= (z[pixel * channels + k] as number)) continue;
      z[pixel * channels + k] = value;
      winner[pixel * channels + k] = tap;
    }
  });
  return { z, winner };
}

/** Positions of each window that lie in the picture. */
function counts(shape: Shape, stride: number): Float64Array {
  const { chunks, height, width } = shape;
  const count = new Float64Array(chunks.pictures * height * width);
  eachTap(shape, stride, (pixel) => {
    (count[pixel] as number) += 1;
  });
  return count;
}

function sumsOf(z: Float64Array, { chunks, height, width, channels }: Shape): Float64Array {
  const value = (i: number): number => z[i] as number;
  return sumPictures(height * width, channels, chunks.pictures, [value, (i) => value(i) ** 2]);
}

describeOperations((bench) => {
  it.each(CASES)('pool, average: %s', (_, shape, stride) => {
    const { chunks, height, width, channels } = shape;
    const x = normals('x', chunks.pictures * height * width * stride ** 2 * channels);
    const count = counts(shape, stride);
    const z = new Float64Array(count.length * channels);
    eachTap(shape, stride, (pixel, from) => {
      for (let k = 0; k < channels; k++) {
        (z[pixel * channels + k] as number) += (x[from * channels + k] as number) / (count[pixel] as number);
      }
    });
    const size = { height: height * stride, width: width * stride, channels, stride };
    const after = bench().run('pool', { x, ...size, average: 1, held: 0 }, { chunks });
    expectClose(after('z'), z);
    expectClose(after('sums'), sumsOf(z, shape));
  });

  it.each(CASES)('pool, maximum: %s', (_, shape, stride) => {
    const { chunks, height, width, channels } = shape;
    // Values of few sizes, so that windows have ties; and below 0 only, so that padding with zeros would win.
    const x = normals('x', chunks.pictures * height * width * stride ** 2 * channels);
    for (const [i, value] of x.entries()) x[i] = Math.round(2 * value) / 2 - 10;
    const { z, winner } = maxima(x, shape, stride);
    const fields = { x, height: height * stride, width: width * stride, channels, stride, average: 0, held: 0 };
    const after = bench().run('pool', fields, { chunks });
    expect([...after('z')]).toEqual([...z]);
    expect(new Uint8Array(after('winner').buffer)).toEqual(winner);
    expectClose(after('sums'), sumsOf(z, shape));
    // The winners of another input, as kept from another pass.
    const other = maxima(normals('other', x.length), shape, stride).winner;
    const taken = new Float64Array(z.length);
    eachTap(shape, stride, (pixel, from, tap) => {
      for (let k = 0; k < channels; k++) {
        if (tap === other[pixel * channels + k]) taken[pixel * channels + k] = x[from * channels + k] as number;
      }
    });
    const held = bench().run('pool', { ...fields, held: 1, winner: new Float32Array(other.buffer) }, { chunks });
    expect([...held('z')]).toEqual([...taken]);
    expectClose(held('sums'), sumsOf(taken, shape));
    // As where no backward pass follows.
    const passing = bench().run('pool', { ...fields, winner: null }, { chunks });
    expect(passing('z')).toEqual(after('z'));
    expect(passing('sums')).toEqual(after('sums'));
    // As where no batch norm does.
    const bare = bench().run('pool', { ...fields, sums: null }, { chunks });
    expect(bare('z')).toEqual(after('z'));
  });

  it.each(SHAPES.map((shape) => [describeShape(shape), shape] as const))('bypassPool: %s', (_, shape) => {
    const { chunks, height, width, channels } = shape;
    const x = normals('x', chunks.pictures * height * width * 4 * channels).map((value) => Math.round(value) - 10);
    const z = new Float32Array(x.length / 4).fill(Number.NEGATIVE_INFINITY);
    const winner = new Uint8Array(z.length);
    eachTap(shape, 2, (pixel, from, tap) => {
      // Those below and to the right: of the nine taps 4, 5, 7 and 8.
      if (tap < 3 || tap % 3 === 0) return;
      for (let k = 0; k < channels; k++) {
        const [value, to] = [x[from * channels + k] as number, pixel * channels + k];
        if (value > (z[to] as number)) [z[to], winner[to]] = [value, tap];
      }
    });
    const fields = { x, height: 2 * height, width: 2 * width, channels, stride: 2, average: 0, held: 0, sums: null };
    const after = bench().run('bypassPool', fields, { chunks });
    expect(after('z')).toEqual(z);
    expect(new Uint8Array(after('winner').buffer)).toEqual(winner);
    expect(bench().run('bypassPool', { ...fields, winner: null }, { chunks })('z')).toEqual(z);
    // The first of each square, as kept from another pass.
    const first = new Uint8Array(z.length).fill(4);
    const taken = new Float32Array(z.length);
    eachTap(shape, 2, (pixel, from, tap) => {
      if (tap === 4) taken.set(x.subarray(from * channels, (from + 1) * channels), pixel * channels);
    });
    const held = bench().run('bypassPool', { ...fields, held: 1, winner: new Float32Array(first.buffer) }, { chunks });
    expect(held('z')).toEqual(taken);
  });

  it.each(CASES)('poolBackward: %s', (_, shape, stride) => {
    const { chunks, height, width, channels } = shape;
    const size = chunks.pictures * height * width * channels;
    const before = normals('dx', size * stride ** 2);
    const [z, abc] = [normals('z', size), normals('abc', 3 * channels)];
    const { winner } = maxima(normals('x', before.length), shape, stride);
    const count = counts(shape, stride);
    for (const edges of [1, 2, 4]) {
      const gs = Array.from({ length: edges }, (_, e) => normals(`g${e}`, size));
      const factors = gs.map((_, e) => factorOf(e, chunks.pictures));
      const sum = z.map((_, i) => {
        const picture = Math.floor(i / (height * width * channels));
        return gs.reduce((total, g, e) => total + (factors[e]?.at(picture) ?? 1) * (g[i] as number), 0);
      });
      const edge = gs.map((g, e) => ({ g, mixing: factors[e]?.mixing ?? null, drops: factors[e]?.drops ?? null }));
      const sizes = { height: height * stride, width: width * stride, channels, stride };
      const fields = { dx: before, ...sizes, winner: new Float32Array(winner.buffer), edge };
      // With a batch norm after the pool, and without.
      for (const [dz, norm] of [
        [differentiated(sum, z, abc, channels), { z, abc }],
        [sum, { z: null, abc: null }],
      ] as const) {
        const [average, maximum] = [Float64Array.from(before), Float64Array.from(before)];
        eachTap(shape, stride, (pixel, from, tap) => {
          for (let k = 0; k < channels; k++) {
            const gradient = dz[pixel * channels + k] as number;
            (average[from * channels + k] as number) += gradient / (count[pixel] as number);
            if (tap === winner[pixel * channels + k]) (maximum[from * channels + k] as number) += gradient;
          }
        });
        for (const [kind, expected] of [maximum, average].entries()) {
          const after = bench().run('poolBackward', { ...fields, ...norm, average: kind }, { chunks });
          expectClose(after('dx'), expected);
        }
      }
    }
  });
});
