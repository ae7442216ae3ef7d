import { expect, it } from 'vitest';
import { describeOperations } from './bench.ts';
import { expectClose } from './expect-close.ts';
import { normals, SHAPES, sumPictures } from './pictures.ts';

/** Where a ReLU lets values through, at random and whatever the values are. */
function randomMask(name: string, size: number): Uint8Array {
  return Uint8Array.from(normals(name, size), (value) => (value > 0.3 ? 1 : 0));
}

const asFloats = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.buffer);

/** An input whose ReLU lets through the same. */
const signs = (kept: Uint8Array): Float32Array => Float32Array.from(kept, (bit) => (bit === 1 ? 1 : -1));

/* ReLUs that are held: each must be the plain operation on what the mask lets through. */
describeOperations((bench) => {
  it.each(SHAPES)('keep: $height x $width x $channels', ({ chunks, height, width, channels }) => {
    const pixels = height * width;
    const x = normals('x', chunks.pictures * pixels * channels);
    x[1] = 0;
    const [scale, shift] = [normals('scale', channels), normals('shift', channels)];
    const run = (fields: object): number[] => {
      const after = bench().run('keep', { x, pixels, channels, ...fields }, { chunks });
      return [...new Uint8Array(after('to').slice().buffer)];
    };
    expect(run({ normalize: 0 })).toEqual(Array.from(x, (value) => (value > 0 ? 1 : 0)));
    const normed = Array.from(x, (value, i) => (value * scale[i % channels]! + shift[i % channels]! > 0 ? 1 : 0));
    expect(run({ normalize: 1, scale, shift })).toEqual(normed);
  });

  it('copy takes over every picture', () => {
    const from = normals('from', 3 * 20);
    const after = bench().run('copy', { from, floats: 20 }, { chunks: { pictures: 3, count: 2, each: 2 } });
    expect(after('to')).toEqual(from);
  });

  it.each(SHAPES)('fill: $height x $width x $channels', ({ chunks, height, width, channels }) => {
    const x = normals('x', chunks.pictures * height * width * channels);
    const kept = randomMask('kept', x.length);
    const [scale, shift] = [normals('scale', channels), normals('shift', channels)];
    const sizes = { height, width, channels, pad: 2, mixing: null };
    const run = (fields: object): Float32Array => bench().run('fill', { ...sizes, ...fields }, { chunks })('to');
    for (const norm of [{ normalize: 0 }, { normalize: 1, scale, shift }]) {
      const values = 'scale' in norm ? x.map((v, i) => v * scale[i % channels]! + shift[i % channels]!) : x;
      const through = values.map((value, i) => value * kept[i]!);
      const [above, below] = [through, through.map((value) => -value)].map((own) => {
        return run({ x: own, normalize: 0, kept: null });
      });
      const expected = above!.map((value, i) => value - below![i]!);
      expectClose(run({ x, ...norm, kept: asFloats(kept) }), expected);
    }
  });

  it.each(SHAPES)('point and pointBackward: $height x $width x $channels', ({ chunks, height, width, channels }) => {
    const inputs = [
      { channels, stride: 2, phase: 1 },
      { channels: 8, stride: 2, phase: 0 },
    ];
    const from = channels + 8;
    const pixels = chunks.pictures * height * width;
    const xs = inputs.map((input, i) => normals(`x${i}`, pixels * 4 * input.channels));
    const masks = xs.map((x, i) => randomMask(`kept${i}`, x.length));
    const sizes = { height, width, from, channels, mixing: null };
    const weights = normals('weights', from * channels);
    const forward = (own: readonly Float32Array[], held: boolean): Float32Array => {
      const input = inputs.map((each, i) => ({ ...each, x: own[i]!, kept: held ? asFloats(masks[i]!) : null }));
      return bench().run('point', { ...sizes, weights, wanted: 0, input }, { chunks })('z');
    };
    const through = xs.map((x, i) => x.map((value, j) => value * masks[i]![j]!));
    const above = forward(through, false);
    const below = forward(
      through.map((x) => x.map((value) => -value)),
      false,
    );
    expectClose(
      forward(xs, true),
      above.map((value, i) => value - below[i]!),
    );

    const [g, z] = [normals('g', pixels * channels), normals('z', pixels * channels)];
    const own = { ...sizes, g, z, abc: normals('abc', 3 * channels), drops: null };
    const back = (inner: readonly Float32Array[], held: boolean, wanted: number) => {
      const input = inputs.map((each, i) => {
        return { ...each, x: inner[i]!, g: normals(`g${i}`, xs[i]!.length), kept: held ? asFloats(masks[i]!) : null };
      });
      return bench().run('pointBackward', { ...own, transposed: weights, wanted, input }, { chunks });
    };
    const [held, plain] = [back(xs, true, 1), back(masks.map(signs), false, 0)];
    for (const i of inputs.keys()) expect(held(`input.${i}.g`)).toEqual(plain(`input.${i}.g`));
    const [up, down] = [through, through.map((x) => x.map((value) => -value))].map((inner) => {
      return back(inner, false, 1)('gradients');
    });
    expectClose(
      held('gradients'),
      up!.map((value, i) => value - down![i]!),
    );
  });

  it.each(SHAPES)('betweenUnits: $height x $width x $channels', ({ chunks, height, width, channels }) => {
    const pixels = height * width;
    const [dx, z] = [normals('dx', pixels * channels), normals('z', chunks.pictures * pixels * channels)];
    const [scale, shift, kept] = [normals('scale', channels), normals('shift', channels), randomMask('kept', z.length)];
    const fields = { dx, z, scale, shift, pixels, channels, kept: asFloats(kept) };
    const after = bench().run('betweenUnits', fields, { chunks });
    const g = Float64Array.from(z, (_, i) => kept[i]! * dx[i % dx.length]!);
    expectClose(after('g'), g);
    const rows = [(i: number) => g[i]!, (i: number) => g[i]! * z[i]!];
    expectClose(after('sums'), sumPictures(pixels, channels, chunks.pictures, rows));
  });

  it.each(SHAPES)('stateGradient: $height x $width x $channels', ({ chunks, height, width, channels }) => {
    const pixels = height * width;
    const [g, x] = [
      normals('g', chunks.pictures * pixels * channels),
      normals('x', chunks.pictures * pixels * channels),
    ];
    const kept = randomMask('kept', x.length);
    const fields = { g, pixels, channels, dx: normals('dx', pixels * channels), edge: [] };
    const held = bench().run('stateGradient', { ...fields, x, kept: asFloats(kept) }, { chunks });
    const plain = bench().run('stateGradient', { ...fields, x: signs(kept), kept: null }, { chunks });
    expect(held('g')).toEqual(plain('g'));
  });
});
