import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { softmaxRows } from '../../src/math/softmax-rows.ts';
import {
  drawGumbels,
  gumbelSoftmax,
  gumbelSoftmaxBackward,
  oneHotRows,
  sampleColumns,
} from '../../src/space/gumbel-softmax.ts';
import { kolmogorovSmirnov, ksLimit } from '../math/kolmogorov-smirnov.ts';
import { flat, METHOD_UNITS, relativeError } from '../support/method-units.ts';

describe.each(METHOD_UNITS.gumbel)('the golden draw at temperature $tau', (golden) => {
  const columns = golden.alpha[0]!.length;
  const [alpha, gumbels, gradient] = [flat(golden.alpha), flat(golden.gumbels), flat(golden.mixingGradient)];
  const probabilities = gumbelSoftmax(alpha, gumbels, golden.tau, columns);

  it('has the probabilities and the sampled columns', () => {
    expect(relativeError(probabilities, flat(golden.probabilities))).toBeLessThan(1e-13);
    expect(sampleColumns(alpha, gumbels, columns)).toEqual(golden.sampled);
  });

  it('has the gradients in alpha: of sampled columns, straight through, and soft', () => {
    const backward = (q: Float64Array) => gumbelSoftmaxBackward(probabilities, q, golden.tau, columns);
    const mask = oneHotRows(golden.sampled, columns);
    const ofSampled = backward(gradient.map((entry, i) => entry * mask[i]!));
    expect(relativeError(ofSampled, flat(golden.alphaGradientOfSampled))).toBeLessThan(1e-12);
    expect(relativeError(backward(gradient), flat(golden.alphaGradientOfAll))).toBeLessThan(1e-12);
    expect(relativeError(backward(gradient), flat(golden.alphaGradientSoft))).toBeLessThan(1e-12);
  });
});

describe('drawGumbels', () => {
  it('has the standard Gumbel distribution, exp(-exp(-x))', () => {
    const drawn = drawGumbels(Random.fromSeed(0, 'gumbel'), 20_000);
    expect(kolmogorovSmirnov(drawn, (x) => Math.exp(-Math.exp(-x)))).toBeLessThan(ksLimit(20_000));
  });

  it('draws again where a variate is infinite', () => {
    const uniforms = [0, 0.5, 0, 0, 0.25];
    const random = Object.assign(Object.create(Random.prototype), { uniform: () => uniforms.shift() }) as Random;
    const expected = [0.5, 0.25].map((u) => -Math.log(-Math.log(1 - u)));
    expect([...drawGumbels(random, 2)]).toEqual(expected);
    expect(uniforms).toEqual([]);
  });
});

describe('sampled columns', () => {
  const alpha = Float64Array.of(-1, 0, 0.5, 2, 1, 1, 1, -3);

  it('come as often as softmax(alpha) says', () => {
    const [draws, random] = [20_000, Random.fromSeed(1, 'gumbel')];
    const counts = new Float64Array(alpha.length);
    for (let i = 0; i < draws; i++) {
      const mixing = oneHotRows(sampleColumns(alpha, drawGumbels(random, alpha.length), 4), 4);
      for (const [place, entry] of mixing.entries()) counts[place]! += entry;
    }
    for (const [place, share] of softmaxRows(alpha, 4).entries()) {
      // Five standard deviations of a binomial count.
      expect(Math.abs(counts[place]! / draws - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / draws));
    }
  });

  it('are the likeliest at every temperature, and take the whole row near 0', () => {
    const gumbels = drawGumbels(Random.fromSeed(2, 'gumbel'), alpha.length);
    const sampled = sampleColumns(alpha, gumbels, 4);
    for (const tau of [100, 1, 0.1]) {
      const probabilities = gumbelSoftmax(alpha, gumbels, tau, 4);
      for (const [row, column] of sampled.entries()) {
        const own = probabilities.subarray(4 * row, 4 * row + 4);
        expect(own[column]).toBe(Math.max(...own));
      }
    }
    expect(gumbelSoftmax(alpha, gumbels, 1e-5, 4)).toEqual(oneHotRows(sampled, 4));
  });

  it('are the first of equal ones, and the only one of a row', () => {
    expect(sampleColumns(new Float64Array(6), new Float64Array(6), 3)).toEqual([0, 0]);
    expect(sampleColumns(Float64Array.of(3, -3), Float64Array.of(0, 1), 1)).toEqual([0, 0]);
    expect([...gumbelSoftmax(Float64Array.of(3, -3), Float64Array.of(0, 1), 5, 1)]).toEqual([1, 1]);
  });
});

describe('gumbelSoftmax', () => {
  const alpha = Float64Array.of(-1, 0, 0.5, 2);
  const gumbels = Float64Array.of(0.3, -0.2, 1, 0);

  it('is the softmax of alpha without noise at temperature 1, and uniform at high temperatures', () => {
    expect(gumbelSoftmax(alpha, new Float64Array(4), 1, 4)).toEqual(softmaxRows(alpha, 4));
    for (const p of gumbelSoftmax(alpha, gumbels, 1e9, 4)) expect(p).toBeCloseTo(0.25, 8);
    const gradient = gumbelSoftmaxBackward(gumbelSoftmax(alpha, gumbels, 1e9, 4), Float64Array.of(1, -2, 3, 4), 1e9, 4);
    for (const entry of gradient) expect(Math.abs(entry)).toBeLessThan(1e-8);
  });

  it('has a gradient that agrees with central differences', () => {
    const q = Float64Array.of(1, -2, 0.5, 3);
    const h = 1e-5;
    for (const tau of [0.5, 2]) {
      const loss = (a: Float64Array) => gumbelSoftmax(a, gumbels, tau, 4).reduce((sum, p, i) => sum + p * q[i]!, 0);
      const analytic = gumbelSoftmaxBackward(gumbelSoftmax(alpha, gumbels, tau, 4), q, tau, 4);
      for (const [i, entry] of alpha.entries()) {
        const moved = (by: number) => loss(alpha.with(i, entry + by));
        // Truncation of order h^2 = 1e-10, rounding of order 1e-16 / h = 1e-11.
        expect(analytic[i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 8);
      }
    }
  });
});
