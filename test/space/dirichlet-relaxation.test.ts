import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import {
  concentrations,
  dirichletBackward,
  dirichletDivergence,
  dirichletDivergenceGradient,
  dirichletMean,
  drawDirichlet,
  maskColumns,
} from '../../src/space/dirichlet-relaxation.ts';
import { kolmogorovSmirnov, ksLimit } from '../math/kolmogorov-smirnov.ts';
import { flat, METHOD_UNITS, relativeError } from '../support/method-units.ts';

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

describe.each(METHOD_UNITS.dirichlet.map((golden, i) => [i, golden] as const))('golden sample %d', (_, golden) => {
  const columns = golden.alpha[0]!.length;
  const [alpha, sample, gradient] = [flat(golden.alpha), flat(golden.sample), flat(golden.sampleGradient)];

  it('has the concentrations and the pathwise gradient to 1e-12', () => {
    expect(relativeError(concentrations(alpha), flat(golden.concentration))).toBeLessThan(1e-15);
    const result = dirichletBackward({ alpha, sample, mixing: sample, columns }, gradient);
    const expected = flat(golden.alphaGradient);
    expect(relativeError(result, expected)).toBeLessThan(1e-12);
    const slopes = alpha.map((entry) => (entry > 0 ? 1 : Math.exp(entry)));
    expect(
      relativeError(
        result.map((entry, i) => entry / slopes[i]!),
        flat(golden.concentrationGradient),
      ),
    ).toBeLessThan(1e-12);
  });

  it('has the divergence from the uniform distribution, and its gradient', () => {
    golden.klToUniform.forEach((kl, row) => {
      const own = Float64Array.from(golden.alpha[row]!);
      expect(dirichletDivergence(own, columns)).toBeCloseTo(kl, 12);
    });
    expect(dirichletDivergence(alpha, columns)).toBeCloseTo(
      golden.klToUniform.reduce((a, b) => a + b),
      12,
    );
    // PyTorch's trigamma function, which made these values, is off by up to 4e-10.
    expect(relativeError(dirichletDivergenceGradient(alpha, columns), flat(golden.klAlphaGradient))).toBeLessThan(1e-9);
  });
});

describe('drawDirichlet', () => {
  it('has the means c / sum c and the variances of the distribution', () => {
    const alpha = Float64Array.of(-2, -0.5, 0, 1.5, 3, -4, 0.25, 0.5);
    const [draws, random] = [5000, Random.fromSeed(0, 'dirichlet')];
    const sums = new Float64Array(8);
    const squares = new Float64Array(8);
    for (let i = 0; i < draws; i++) {
      const sample = drawDirichlet(random, alpha, 4);
      for (const start of [0, 4]) expect(sum(sample.subarray(start, start + 4))).toBeCloseTo(1, 14);
      for (const [place, x] of sample.entries()) {
        sums[place]! += x / draws;
        squares[place]! += x ** 2 / draws;
      }
    }
    const c = concentrations(alpha);
    for (const [i, center] of dirichletMean(alpha, 4).entries()) {
      const total = sum(c.subarray(i < 4 ? 0 : 4, i < 4 ? 4 : 8));
      expect(center).toBeCloseTo(c[i]! / total, 15);
      const variance = (center * (1 - center)) / (total + 1);
      expect(Math.abs(sums[i]! - center)).toBeLessThan(5 * Math.sqrt(variance / draws));
      // The spread of a sample's variance is of order sqrt(kurtosis / draws): at most 10 % here.
      expect((squares[i]! - sums[i]! ** 2) / variance).toBeCloseTo(1, 0);
    }
  });

  it('is uniform where alpha is 0: each entry of three has the distribution 1 - (1 - x)^2', () => {
    const sample = drawDirichlet(Random.fromSeed(1, 'dirichlet'), new Float64Array(30_000), 3);
    const first = sample.filter((_, i) => i % 3 === 0);
    expect(kolmogorovSmirnov(first, (x) => 1 - (1 - x) ** 2)).toBeLessThan(ksLimit(10_000));
  });

  it('is a Beta distribution where there are two columns, shapes below 1 included', () => {
    const row = [Math.log(0.5), 1]; // Beta(0.5, 2)
    const alpha = Float64Array.from({ length: 20_000 }, (_, i) => row[i % 2]!);
    const first = drawDirichlet(Random.fromSeed(2, 'dirichlet'), alpha, 2).filter((_, i) => i % 2 === 0);
    expect(kolmogorovSmirnov(first, (x) => (Math.sqrt(x) * (3 - x)) / 2)).toBeLessThan(ksLimit(10_000));
  });

  it('gives no entry of 0, however small a concentration', () => {
    const sample = drawDirichlet(Random.fromSeed(3, 'dirichlet'), new Float64Array(4000).fill(-30), 4);
    expect(sample.every((x) => x >= 2 ** -1022 && x <= 1)).toBe(true);
    expect(() => drawDirichlet(Random.fromSeed(0), Float64Array.of(Number.NaN, 0), 2)).toThrow(
      'a concentration must be finite and at least 1e-300, got NaN',
    );
  });
});

describe('dirichletBackward', () => {
  it('is the gradient of the mean, over many draws: d(c_i / sum c) / dalpha', () => {
    const alpha = Float64Array.of(-1.5, 0.5, -0.25, 1);
    const [draws, random] = [5000, Random.fromSeed(4, 'dirichlet')];
    const gradient = Float64Array.of(1, 0, 0, 0);
    const sums = new Float64Array(4);
    const squares = new Float64Array(4);
    for (let i = 0; i < draws; i++) {
      const sample = drawDirichlet(random, alpha, 4);
      for (const [j, entry] of dirichletBackward({ alpha, sample, mixing: sample, columns: 4 }, gradient).entries()) {
        sums[j]! += entry / draws;
        squares[j]! += entry ** 2 / draws;
      }
    }
    const h = 1e-5;
    for (const [j, entry] of alpha.entries()) {
      const moved = (by: number) => dirichletMean(alpha.with(j, entry + by), 4)[0]!;
      const expected = (moved(h) - moved(-h)) / (2 * h);
      expect(Math.abs(sums[j]! - expected)).toBeLessThan(5 * Math.sqrt((squares[j]! - sums[j]! ** 2) / draws));
    }
  });

  it('does not see what is common to a row’s gradient', () => {
    const alpha = Float64Array.of(-3, 0.5, 2, 0, 0, 1);
    const sample = drawDirichlet(Random.fromSeed(5, 'dirichlet'), alpha, 3);
    const backward = (gradient: Float64Array) =>
      dirichletBackward({ alpha, sample, mixing: sample, columns: 3 }, gradient);
    const gradient = Float64Array.of(1, 2, -1, 0, 3, 0.5);
    const shifted = backward(gradient.map((entry) => entry + 8));
    for (const [i, entry] of backward(gradient).entries()) expect(shifted[i]).toBeCloseTo(entry, 12);
  });

  it('is 0 for rows of one column, and finite for tiny concentrations', () => {
    const one = {
      alpha: Float64Array.of(2, -1),
      sample: Float64Array.of(1, 1),
      mixing: Float64Array.of(1, 1),
      columns: 1,
    };
    expect([...dirichletBackward(one, Float64Array.of(3, -4))]).toEqual([0, 0]);
    const alpha = Float64Array.of(-9, -8, -7);
    for (let seed = 0; seed < 20; seed++) {
      const sample = drawDirichlet(Random.fromSeed(seed), alpha, 3);
      const gradient = dirichletBackward({ alpha, sample, mixing: sample, columns: 3 }, Float64Array.of(1, -1, 2));
      expect(gradient.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('a pruned row', () => {
  const alpha = Float64Array.of(0.5, 0, -1, 2);
  const kept = [1, 0, 1, 1];

  it('sums to 1 over what is left, in the sample’s proportions', () => {
    const sample = drawDirichlet(Random.fromSeed(6), alpha, 4);
    const mixing = maskColumns(sample, kept, 4);
    expect(mixing[1]).toBe(0);
    expect(sum(mixing)).toBeCloseTo(1, 15);
    expect(mixing[0]! / mixing[3]!).toBeCloseTo(sample[0]! / sample[3]!, 12);
    expect(relativeError(maskColumns(sample, [1, 1, 1, 1], 4), sample)).toBeLessThan(1e-15);
  });

  it('has the chain rule’s gradient, with none in a pruned alpha', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = Random.fromSeed(seed, 'pruned');
        const sample = drawDirichlet(random, alpha, 4);
        const mixing = maskColumns(sample, kept, 4);
        const gradient = Float64Array.from({ length: 4 }, () => random.normal());
        const result = dirichletBackward({ alpha, sample, mixing, columns: 4 }, gradient);
        // Through the division: dL/dx_j = kept_j (g_j - sum of M_i g_i) / sum of kept x. Then as if nothing were masked.
        const mean = sum(mixing.map((m, i) => m * gradient[i]!));
        const left = sum(sample.map((x, i) => x * kept[i]!));
        const throughMask = gradient.map((g, i) => (kept[i]! * (g - mean)) / left);
        const expected = dirichletBackward({ alpha, sample, mixing: sample, columns: 4 }, throughMask);
        expect(relativeError(result, expected)).toBeLessThan(1e-9);
        expect(Math.abs(result[1]!)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the divergence from the uniform distribution', () => {
  it('is 0, with gradient 0, where alpha is 0, and positive elsewhere', () => {
    for (const columns of [2, 5, 8]) {
      const zero = new Float64Array(3 * columns);
      expect(dirichletDivergence(zero, columns)).toBeCloseTo(0, 13);
      for (const entry of dirichletDivergenceGradient(zero, columns)) expect(Math.abs(entry)).toBe(0);
      expect(dirichletDivergence(zero.with(1, 0.3), columns)).toBeGreaterThan(1e-3);
      expect(dirichletDivergence(zero.with(1, -0.3), columns)).toBeGreaterThan(1e-3);
    }
  });

  it('has a gradient that agrees with central differences', () => {
    const alpha = Float64Array.of(-2, 0.5, 1, -0.1, 3, 0.7);
    const h = 1e-5;
    const gradient = dirichletDivergenceGradient(alpha, 3);
    for (const [i, entry] of alpha.entries()) {
      const moved = (by: number) => dirichletDivergence(alpha.with(i, entry + by), 3);
      // Truncation of order h^2 = 1e-10, rounding of order 1e-15 / h = 1e-10.
      expect(gradient[i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 7);
    }
  });
});
