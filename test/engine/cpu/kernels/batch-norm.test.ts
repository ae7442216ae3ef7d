import { expect, it } from 'vitest';
import { BATCH_NORM } from '../../../../src/network/block-graph.ts';
import { describeOperations } from './bench.ts';
import { expectClose } from './expect-close.ts';
import { normals, SHAPES, sumPictures } from './pictures.ts';

const CASES = SHAPES.map(({ chunks, height, width, channels }) => {
  // Two values at least: of a single one the spread is 0, and everything is rounding.
  return [chunks.pictures + 1, height * width, channels] as const;
});

/** Mean and biased variance of each channel. */
function moments(z: Float32Array, channels: number): { mean: Float64Array; variance: Float64Array } {
  const each = z.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (const [i, value] of z.entries()) (mean[i % channels] as number) += value / each;
  for (const [i, value] of z.entries())
    (variance[i % channels] as number) += (value - (mean[i % channels] as number)) ** 2 / each;
  return { mean, variance };
}

function sumsOf(z: Float32Array, pictures: number, pixels: number, channels: number): Float32Array {
  const value = (i: number): number => z[i] as number;
  return Float32Array.from(sumPictures(pixels, channels, pictures, [value, (i) => value(i) ** 2]));
}

describeOperations((bench) => {
  it.each(CASES)('coefficients: %i pictures of %i pixels, %i channels', (pictures, pixels, channels) => {
    const z = normals('z', pictures * pixels * channels).map((value, i) => (1 + (i % channels)) * (value + 0.5));
    const { mean, variance } = moments(z, channels);
    const fields = { sums: sumsOf(z, pictures, pixels, channels), pictures, pixels, channels };
    const [gamma, beta] = [normals('gamma', channels), normals('beta', channels)];
    const inverse = variance.map((value) => 1 / Math.sqrt(value + BATCH_NORM.epsilon));

    const plain = bench().run('coefficients', { ...fields, gamma: null, beta: null });
    expectClose(plain('mean'), mean);
    expectClose(plain('variance'), variance);
    expectClose(plain('scale'), inverse);
    expectClose(
      plain('shift'),
      inverse.map((value, k) => -value * (mean[k] as number)),
    );

    const affine = bench().run('coefficients', { ...fields, gamma, beta });
    const scale = inverse.map((value, k) => value * (gamma[k] as number));
    expectClose(affine('mean'), mean);
    expectClose(affine('variance'), variance);
    expectClose(affine('scale'), scale);
    expectClose(
      affine('shift'),
      scale.map((value, k) => (beta[k] as number) - value * (mean[k] as number)),
    );
  });

  it('coefficients: a channel of one value has no variance, and one with a NaN has NaN', () => {
    const z = new Float32Array(3 * 5 * 4).map((_, i) => [0.1, 1000.1, 0, 1][i % 4] as number);
    z[2 * 5 * 4 + 3] = Number.NaN;
    const sums = sumsOf(z, 3, 5, 4);
    const after = bench().run('coefficients', { sums, pictures: 3, pixels: 5, channels: 4, gamma: null, beta: null });
    const [small, large, zero, broken] = after('variance');
    // Of 0.1 and 1000.1 what rounding of the sums of their squares to float32 leaves.
    expect(small).toBeLessThan(1e-8);
    expect(large).toBeLessThan(1e6 * 2 ** -23);
    expect(zero).toBe(0);
    expect(broken).toBeNaN();
    expect([...after('variance')].slice(0, 3).every((value) => value >= 0)).toBe(true);
    for (const place of ['mean', 'scale', 'shift']) {
      expect([...after(place)].map(Number.isNaN)).toEqual([false, false, false, true]);
    }
  });

  it.each(CASES)('gradientCoefficients: %i pictures of %i pixels, %i channels', (pictures, pixels, channels) => {
    const all = pictures * pixels;
    const z = normals('z', all * channels);
    const { mean, variance } = moments(z, channels);
    const gamma = normals('gamma', channels);
    const y = Float64Array.from(z, (value, i) => {
      const k = i % channels;
      return (value - (mean[k] as number)) / Math.sqrt((variance[k] as number) + BATCH_NORM.epsilon);
    });
    const gs = [0, 1, 2].map((e) => normals(`g${e}`, z.length));
    const mixing = normals('mixing', gs.length);
    const sizes = { pictures, pixels, channels, given: 0 };
    const norm = { mean: Float32Array.from(mean), variance: Float32Array.from(variance) };
    const share = gs.map((g, e) => {
      // Among the sums that other terms of the node need.
      const row = (i: number): number => g[i] as number;
      const product = 1 + e;
      const rows = [row, ...gs.map((_, r) => (i: number) => (r === e ? row(i) * (z[i] as number) : 100 + r))];
      const sums = Float32Array.from(sumPictures(pixels, channels, pictures, rows));
      return { sums, rows: rows.length, product, mixing: mixing.slice(e, e + 1), drops: null };
    });
    const products = gs.map((g) => g.reduce((sum, value, i) => sum + value * (y[i] as number), 0));

    /** Gradient at the norm's input, by that at its output: a g + b z + c must equal it. */
    const expectGradient = (abc: Float32Array, g: Float32Array, factor: number, scale: Float32Array | null): void => {
      const [own, projection] = [new Float64Array(channels), new Float64Array(channels)];
      for (const [i, value] of g.entries()) {
        (own[i % channels] as number) += value / all;
        (projection[i % channels] as number) += (value * (y[i] as number)) / all;
      }
      const expected = g.map((value, i) => {
        const k = i % channels;
        const slope = value - (own[k] as number) - (y[i] as number) * (projection[k] as number);
        const inverse = (scale?.[k] ?? 1) / Math.sqrt((variance[k] as number) + BATCH_NORM.epsilon);
        return factor * inverse * slope;
      });
      const actual = g.map((value, i) => {
        const k = i % channels;
        const [a, b, c] = [0, 1, 2].map((row) => abc[row * channels + k] as number) as [number, number, number];
        return a * value + b * (z[i] as number) + c;
      });
      expectClose(actual, expected);
    };

    // An edge of its own: the gradient that it is handed is the node's.
    const edge = {
      ...norm,
      ...sizes,
      gamma: null,
      dgamma: null,
      dbeta: null,
      through: mixing.slice(1, 2),
      share: share.slice(1, 2),
    };
    const single = bench().run('gradientCoefficients', edge);
    expectClose(single('share.0.dmixing'), products.slice(1, 2));
    expectGradient(single('abc'), gs[1] as Float32Array, mixing[1] as number, null);

    // A pool: the gradient that it is handed is the weighted sum over its edges.
    const pool = bench().run('gradientCoefficients', { ...edge, through: null, share });
    for (const [e, product] of products.entries()) expectClose(pool(`share.${e}.dmixing`), [product]);
    const weighted = z.map((_, i) => gs.reduce((sum, g, e) => sum + (mixing[e] as number) * (g[i] as number), 0));
    expectGradient(pool('abc'), weighted, 1, null);

    // A norm with a scale, and no mixing weight.
    const [first, g] = [share[0] as (typeof share)[number], gs[0] as Float32Array];
    const own = { ...norm, ...sizes, gamma, through: null, share: [{ ...first, mixing: null, dmixing: null }] };
    const affine = bench().run('gradientCoefficients', own);
    expectGradient(affine('abc'), g, 1, gamma);
    const [dbeta, dgamma] = [new Float64Array(channels), new Float64Array(channels)];
    for (const [i, value] of g.entries()) {
      (dbeta[i % channels] as number) += value;
      (dgamma[i % channels] as number) += value * (y[i] as number);
    }
    expectClose(affine('dbeta'), dbeta);
    expectClose(affine('dgamma'), dgamma);

    // The same of a given mean and variance, which depend on nothing.
    const given = bench().run('gradientCoefficients', { ...own, given: 1 });
    for (const row of [1, 2])
      expect(new Set(given('abc').slice(row * channels, (row + 1) * channels))).toEqual(new Set([0]));
    expect(given('abc').slice(0, channels)).toEqual(affine('abc').slice(0, channels));
    expect([given('dgamma'), given('dbeta')]).toEqual([affine('dgamma'), affine('dbeta')]);

    // The same where drop-path weighs the pictures: the gradient that it is handed is not weighed yet.
    const drops = normals('drops', pictures).map((value) => Math.max(0, value));
    const dropped = bench().run('gradientCoefficients', {
      ...own,
      share: [{ ...first, mixing: null, dmixing: null, drops }],
    });
    const weighed = g.map((value, i) => value * (drops[Math.floor(i / (pixels * channels))] as number));
    expectGradient(dropped('abc'), weighed, 1, gamma);
    const [droppedBeta, droppedGamma] = [new Float64Array(channels), new Float64Array(channels)];
    for (const [i, value] of weighed.entries()) {
      (droppedBeta[i % channels] as number) += value;
      (droppedGamma[i % channels] as number) += value * (y[i] as number);
    }
    expectClose(dropped('dbeta'), droppedBeta);
    expectClose(dropped('dgamma'), droppedGamma);

    // A skip connection: only its mixing weight's gradient, sum(g z).
    const none = { mean: null, variance: null, gamma: null, dgamma: null, dbeta: null, abc: null, through: null };
    const skip = bench().run('gradientCoefficients', { ...none, ...sizes, share: share.slice(2) });
    const dot = z.reduce((sum, value, i) => sum + value * (gs[2]?.[i] as number), 0);
    expectClose(skip('share.0.dmixing'), [dot]);
  });
});
