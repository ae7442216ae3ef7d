import { it } from 'vitest';
import type { Chunks } from '../../../../src/engine/cpu/plan/schedule.ts';
import { describeOperations } from './bench.ts';
import { expectClose } from './expect-close.ts';
import { factorOf, normals, SHAPES, sumPictures } from './pictures.ts';

/** These see pixels in a row; the last ones are more than a tile holds, of few channels and of many. */
const LINES: readonly (readonly [pixels: number, channels: number, chunks: Chunks])[] = [
  ...SHAPES.map(({ height, width, channels, chunks }) => [height * width, channels, chunks] as const),
  [521, 4, { pictures: 1, count: 1, each: 1 }],
  [67, 64, { pictures: 2, count: 2, each: 1 }],
  [45, 96, { pictures: 2, count: 1, each: 2 }],
];

function tensors(count: number, floats: number): Float32Array[] {
  return Array.from({ length: count }, (_, i) => normals(`tensor ${i}`, floats));
}

describeOperations((bench) => {
  it.each(LINES)('normalize: %i pixels, %i channels', (pixels, channels, chunks) => {
    const z = normals('z', chunks.pictures * pixels * channels);
    const [scale, shift] = [normals('scale', channels), normals('shift', channels)];
    const after = bench().run('normalize', { z, scale, shift, pixels, channels }, { chunks });
    expectClose(
      after('x'),
      z.map((value, i) => value * (scale[i % channels] as number) + (shift[i % channels] as number)),
    );
  });

  it.each(LINES)('mix: %i pixels, %i channels', (pixels, channels, chunks) => {
    const node = normals('node', chunks.pictures * pixels * channels);
    for (const [terms, add] of [
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 1],
      [5, 0],
      [11, 1],
      [35, 0],
    ] as const) {
      const term = tensors(terms, node.length).map((z, t) => {
        const { mixing, drops } = factorOf(t, chunks.pictures);
        // Every third is a skip connection, which has no norm.
        if (t % 3 === 2) return { z, mixing, drops, scale: null, shift: null };
        return { z, mixing, drops, scale: normals(`scale ${t}`, channels), shift: normals(`shift ${t}`, channels) };
      });
      const fields = { ...(add ? { node } : {}), pixels, channels, add, term };
      const after = bench().run('mix', fields, { chunks });
      const expected = Float64Array.from(node, (value) => add * value);
      for (const [t, { z, scale, shift }] of term.entries()) {
        const { at } = factorOf(t, chunks.pictures);
        for (const [i, value] of z.entries()) {
          const k = i % channels;
          const normed = scale === null || shift === null ? value : value * (scale[k] as number) + (shift[k] as number);
          (expected[i] as number) += at(Math.floor(i / (pixels * channels))) * normed;
        }
      }
      expectClose(after('node'), expected);
    }
  });

  it.each(LINES)('gradientSums: %i pixels, %i channels', (pixels, channels, chunks) => {
    const g = normals('g', chunks.pictures * pixels * channels);
    for (const terms of [1, 2, 3, 8]) {
      const zs = tensors(terms, g.length);
      const after = bench().run('gradientSums', { g, pixels, channels, z: zs.map((z) => ({ z })) }, { chunks });
      const one = (i: number): number => g[i] as number;
      const rows = [one, ...zs.map((z) => (i: number) => one(i) * (z[i] as number))];
      expectClose(after('sums'), sumPictures(pixels, channels, chunks.pictures, rows));
    }
  });

  it.each(LINES)('stateGradient: %i pixels, %i channels', (pixels, channels, chunks) => {
    const size = pixels * channels;
    const [g, x] = [normals('g', chunks.pictures * size), normals('x', chunks.pictures * size)];
    // At 0 nothing comes back.
    x[1] = 0;
    const dx = normals('dx', size);
    for (const edges of [0, 1, 2, 5]) {
      const gs = tensors(edges, g.length);
      const factors = gs.map((_, e) => factorOf(e, chunks.pictures));
      const edge = gs.map((g, e) => ({ g, mixing: factors[e]?.mixing ?? null, drops: factors[e]?.drops ?? null }));
      const skips = Float64Array.from(g, (value, i) => {
        const picture = Math.floor(i / size);
        return gs.reduce((sum, other, e) => sum + (factors[e]?.at(picture) ?? 1) * (other[i] as number), value);
      });
      const only = bench().run('stateGradient', { g, x, pixels, channels, dx: null, kept: null, edge }, { chunks });
      expectClose(only('g'), skips);
      const both = bench().run('stateGradient', { g, x, pixels, channels, dx, kept: null, edge }, { chunks });
      expectClose(
        both('g'),
        skips.map((sum, i) => sum + ((x[i] as number) > 0 ? (dx[i % size] as number) : 0)),
      );
    }
  });
});
