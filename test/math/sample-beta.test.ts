import { describe, expect, it } from 'vitest';
import { Random, sampleBeta } from '../../src/math/random.ts';
import { mean, standardDeviation } from '../../src/math/statistics.ts';
import { kolmogorovSmirnov, ksLimit } from './kolmogorov-smirnov.ts';

const SIZE = 20_000;

function sample(a: number, b: number): Float64Array {
  const random = Random.fromSeed(0, 'beta', `${a} ${b}`);
  return Float64Array.from({ length: SIZE }, () => sampleBeta(random, a, b));
}

/** Mean, variance and excess kurtosis of Beta(a, b). */
function moments(a: number, b: number): { center: number; variance: number; excess: number } {
  const n = a + b;
  return {
    center: a / n,
    variance: ((a / n) * (b / n)) / (n + 1),
    excess: (6 * ((a - b) ** 2 * (n + 1) - a * b * (n + 2))) / (a * b * (n + 2) * (n + 3)),
  };
}

/**
 * Distribution function of Beta(a, b) for a, b >= 1: the density, relative to its value at the mean, integrated by the
 * midpoint rule over 40 standard deviations each way. It needs no Gamma function, and so stays precise at shapes of 1e12.
 */
function betaCdf(a: number, b: number): (x: number) => number {
  const { center, variance } = moments(a, b);
  const low = Math.max(0, center - 40 * Math.sqrt(variance));
  const high = Math.min(1, center + 40 * Math.sqrt(variance));
  const cells = 20_000;
  const width = (high - low) / cells;
  const cumulative = new Float64Array(cells + 1);
  for (let i = 0; i < cells; i++) {
    const move = low + (i + 0.5) * width - center;
    const logDensity = (a - 1) * Math.log1p(move / center) + (b - 1) * Math.log1p(-move / (1 - center));
    cumulative[i + 1] = cumulative[i]! + Math.exp(logDensity);
  }
  return (x) => {
    const place = Math.min(cells, Math.max(0, (x - low) / width));
    const below = Math.min(cells - 1, Math.floor(place));
    const between = cumulative[below]! + (cumulative[below + 1]! - cumulative[below]!) * (place - below);
    return between / cumulative[cells]!;
  };
}

/** Shapes of a proposal in the paper's form: mean and standard deviation interpolated, then solved (eq. 3-6). */
function annealed(u: number, rho: number): [number, number] {
  const mu = (1 - rho) / 2 + rho * u;
  const sigma = (1 - rho) * Math.sqrt(1 / 12);
  const nu = (mu * (1 - mu)) / sigma ** 2 - 1;
  return [mu * nu, (1 - mu) * nu];
}

const ANNEALING = [0, 0.1, 0.5, 0.9, 0.99, 0.9999, 0.999999].flatMap((rho) =>
  [0, 0.01, 0.25, 0.5, 0.8, 1].map((u) => ({ rho, u })),
);

describe('sampleBeta', () => {
  it.each(ANNEALING)('has the distribution and the moments of the annealing at rho = $rho, u = $u', ({ rho, u }) => {
    const [a, b] = annealed(u, rho);
    const drawn = sample(a, b);
    expect(kolmogorovSmirnov(drawn, betaCdf(a, b))).toBeLessThan(ksLimit(SIZE));
    const { center, variance, excess } = moments(a, b);
    // Five standard errors of a sample's mean and of its variance.
    expect(Math.abs(mean(drawn) - center)).toBeLessThan(5 * Math.sqrt(variance / SIZE));
    const ratio = standardDeviation(drawn) ** 2 / variance;
    expect(Math.abs(ratio - 1)).toBeLessThan(5 * Math.sqrt((excess + 2) / SIZE));
  });

  it.each([
    { a: 0.3, b: 1, cdf: (x: number) => x ** 0.3 },
    { a: 1, b: 0.3, cdf: (x: number) => 1 - (1 - x) ** 0.3 },
    { a: 0.5, b: 0.5, cdf: (x: number) => (2 / Math.PI) * Math.asin(Math.sqrt(x)) },
    { a: 0.5, b: 2, cdf: (x: number) => (Math.sqrt(x) * (3 - x)) / 2 },
    { a: 3, b: 1, cdf: (x: number) => x ** 3 },
  ])('has the closed form of Beta($a, $b), shapes below 1 included', ({ a, b, cdf }) => {
    expect(kolmogorovSmirnov(sample(a, b), cdf)).toBeLessThan(ksLimit(SIZE));
  });

  it('has the mean of tiny shapes, whose draws round to 0 or 1', () => {
    const drawn = sample(1e-5, 3e-5);
    expect(drawn.every((x) => x >= 0 && x <= 1)).toBe(true);
    expect(Math.abs(mean(drawn) - 0.25)).toBeLessThan(5 * Math.sqrt(0.1875 / SIZE));
  });

  it('stays in [0, 1] for the smallest and largest shapes', () => {
    const ends = [1e-300, 1e-9, 1, 1e300];
    for (const a of ends) {
      for (const b of ends) expect(sample(a, b).every((x) => x >= 0 && x <= 1)).toBe(true);
    }
  });

  it.each([0, -1, 1e-301, Number.NaN, Infinity])('refuses the shape %d', (shape) => {
    const random = Random.fromSeed(0);
    const message = `of a Beta distribution must be finite and at least 1e-300, got ${shape}`;
    expect(() => sampleBeta(random, shape, 1)).toThrow(`shape a ${message}`);
    expect(() => sampleBeta(random, 1, shape)).toThrow(`shape b ${message}`);
  });
});
