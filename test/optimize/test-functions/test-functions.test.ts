import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Objective } from '../../../src/optimize/minimize/objective.ts';
import { scaleToDomain, type TestFunction } from '../../../src/optimize/test-functions/test-function.ts';
import {
  ACKLEY,
  ELLIPSOID,
  GRIEWANK,
  LEVY,
  RASTRIGIN,
  ROSENBROCK,
  SCHWEFEL,
  SPHERE,
  STYBLINSKI_TANG,
  TEST_FUNCTIONS,
} from '../../../src/optimize/test-functions/test-functions.ts';

const PLAIN: TestFunction[] = Object.values(TEST_FUNCTIONS);
const FUNCTIONS = [...PLAIN, ...PLAIN.map((f) => scaleToDomain(f, [-5, 5])), scaleToDomain(STYBLINSKI_TANG, [0, 1])];

/** Shares of the domain outside its middle, because Schwefel and Ackley have no second derivative there. */
const share = fc.oneof(fc.double({ min: 0, max: 0.49, noNaN: true }), fc.double({ min: 0.51, max: 1, noNaN: true }));
const shares = fc.array(share, { minLength: 1, maxLength: 6 });

function place({ domain: [low, high] }: TestFunction, at: readonly number[]): Float64Array {
  return Float64Array.from(at, (u) => low + (high - low) * u);
}

describe.each(FUNCTIONS)('$name', (f) => {
  const width = f.domain[1] - f.domain[0];

  it('has the gradient of central differences', () => {
    const h = width * 1e-6;
    fc.assert(
      fc.property(shares, (at) => {
        const x = place(f, at);
        const gradient = f.gradient(x);
        const scale = Math.max(1, ...gradient.map(Math.abs));
        for (let i = 0; i < x.length; i++) {
          const difference = (f.value(x.with(i, x[i]! + h)) - f.value(x.with(i, x[i]! - h))) / (2 * h);
          // The error is the third derivative times h^2, plus rounding of values of up to 1e3, divided by h.
          expect(Math.abs(difference - gradient[i]!) / scale).toBeLessThan(1e-5);
        }
      }),
    );
  });

  it.each([1, 2, 7, 50])('has its minimum at the minimizer, with a slope of 0 (%i coordinates)', (coordinates) => {
    const at = new Float64Array(coordinates).fill(f.minimizer);
    // Rounding of a sum of 50 terms of about 400, in Schwefel and Styblinski-Tang.
    expect(Math.abs(f.value(at) - f.minimum(coordinates))).toBeLessThan(1e-10);
    // Rounding of the minimizer: curvature times 1e-15 of the domain's width.
    expect(Math.max(...f.gradient(at).map(Math.abs))).toBeLessThan(1e-9);
    expect(f.minimizer).toBeGreaterThan(f.domain[0]);
    expect(f.minimizer).toBeLessThan(f.domain[1]);
  });

  it('is not smaller anywhere else', () => {
    const nearby = fc.array(fc.double({ min: -1e-6, max: 1e-6, noNaN: true }), { minLength: 1, maxLength: 6 });
    const gap = (x: Float64Array): number => {
      const minimum = f.minimum(x.length);
      // Rounding of a sum of terms; functions with minimum 0 must have none.
      return f.value(x) - minimum + 1e-15 * x.length * Math.abs(minimum);
    };
    fc.assert(fc.property(shares, (at) => gap(place(f, at)) >= 0));
    fc.assert(fc.property(nearby, (off) => gap(Float64Array.from(off, (u) => f.minimizer + u * width)) >= 0));
    const grid = Array.from({ length: 20_001 }, (_, i) => gap(place(f, [i / 20_000])));
    expect(Math.min(...grid)).toBeGreaterThanOrEqual(0);
  });

  it('does not change its argument, and returns a new array for each gradient', () => {
    const x = place(f, [0.1, 0.9]);
    const copy = x.slice();
    const first = f.gradient(x);
    const seen = first.slice();
    f.value(x);
    f.gradient(place(f, [0.3, 0.2, 0.6]));
    expect(first).toEqual(seen);
    first.fill(99);
    expect(f.gradient(x)).toEqual(seen);
    expect(x).toEqual(copy);
  });

  it('is a synchronous objective', () => {
    const objective: Objective = f;
    const x = place(f, [0.2, 0.7]);
    expect(objective.value(x, 3)).toBe(f.value(x));
    expect(objective.gradient?.(x, 3)).toEqual(f.gradient(x));
  });
});

describe('values by hand', () => {
  const CASES: [TestFunction, number[], number][] = [
    [STYBLINSKI_TANG, [0, 0], 0],
    [STYBLINSKI_TANG, [1, 2, -1], -5 - 19 - 10],
    [SCHWEFEL, [Math.PI ** 2 / 4, 0], -(Math.PI ** 2) / 4],
    [RASTRIGIN, [1, -2], 5],
    [RASTRIGIN, [0.5], 20.25],
    [ACKLEY, [1, 1, -1], 20 * (1 - Math.exp(-0.2))],
    [ACKLEY, [0.5], 20 * (1 - Math.exp(-0.1)) + Math.E - Math.exp(-1)],
    [GRIEWANK, [Math.PI, 0], 2 + Math.PI ** 2 / 4000],
    [GRIEWANK, [0, Math.PI * Math.SQRT2], 2 + Math.PI ** 2 / 2000],
    [LEVY, [3], 1.25],
    [LEVY, [1, 3], 0.25],
    [LEVY, [-3, 1], 1 + 10 * Math.sin(1) ** 2],
    [ROSENBROCK, [-1.2, 1], 24.2],
    [ROSENBROCK, [0, 0, 0], 2],
    [ROSENBROCK, [7], 0],
    [ELLIPSOID, [1, 1, 1], 1_001_001],
    [ELLIPSOID, [3], 9],
    [SPHERE, [3, 4], 25],
  ];

  it.each(CASES)('%o at %j', (f, at, value) => {
    expect(f.value(Float64Array.from(at))).toBeCloseTo(value, 8);
  });

  it('the ellipsoid has curvatures from 2 to 2e6', () => {
    const gradient = ELLIPSOID.gradient(new Float64Array(4).fill(1));
    for (const [i, slope] of [2, 200, 20_000, 2_000_000].entries()) expect(gradient[i]! / slope).toBeCloseTo(1, 12);
  });

  it('Griewank has a gradient if a cosine is 0', () => {
    const gradient = GRIEWANK.gradient(Float64Array.of(Math.PI / 2, 1));
    expect(gradient[0]).toBeCloseTo(Math.PI / 4000 + Math.cos(Math.SQRT1_2), 12);
    expect(gradient[1]).toBeCloseTo(1 / 2000, 12);
  });

  it('published minima are those of the survey', () => {
    // Jamil and Yang (2013): -78.332 for two coordinates of Styblinski-Tang, -418.983 for Schwefel 2.26's mean.
    expect(STYBLINSKI_TANG.minimum(2)).toBeCloseTo(-78.332, 3);
    expect(SCHWEFEL.minimum(1)).toBeCloseTo(-418.983, 3);
    expect(STYBLINSKI_TANG.minimizer).toBeCloseTo(-2.903534, 6);
    expect(SCHWEFEL.minimizer).toBeCloseTo(420.9687, 4);
  });

  it('functions with minimum 0 keep all digits near it', () => {
    // All but Ackley are parabolas there: at a distance of 1e-9 a value of 1e-18 would be lost beside 1 or 10.
    for (const [f, curvature] of [
      [RASTRIGIN, 1 + 20 * Math.PI ** 2],
      [SPHERE, 1],
      [LEVY, (Math.PI ** 2 + 1) / 16],
    ] as const) {
      expect(f.value(Float64Array.of(f.minimizer + 2 ** -30)) / (curvature * 2 ** -60)).toBeCloseTo(1, 6);
    }
    expect(ACKLEY.value(Float64Array.of(2 ** -30)) / (4 * 2 ** -30)).toBeCloseTo(1, 6);
  });
});

describe('scaleToDomain', () => {
  it('keeps every value', () => {
    const scaled = scaleToDomain(SCHWEFEL, [-5, 5]);
    expect(scaled.value(Float64Array.of(-5, 0, 2.5))).toBe(SCHWEFEL.value(Float64Array.of(-500, 0, 250)));
    expect(scaled.minimum(50)).toBe(SCHWEFEL.minimum(50));
    expect(scaled.domain).toEqual([-5, 5]);
  });

  it('returns the same values on the function’s own domain', () => {
    const same = scaleToDomain(ROSENBROCK, ROSENBROCK.domain);
    const x = Float64Array.of(1, 2, 3);
    expect(same.value(x)).toBe(ROSENBROCK.value(x));
    expect(same.gradient(x)).toEqual(ROSENBROCK.gradient(x));
  });

  it.each([
    [[5, -5] as const, '[5, -5]'],
    [[1, 1] as const, '[1, 1]'],
    [[0, Infinity] as const, '[0, Infinity]'],
  ])('refuses the domain %j', (domain, shown) => {
    expect(() => scaleToDomain(SPHERE, domain)).toThrow(
      new RangeError(`domain must be two finite numbers, the lower first, got ${shown}`),
    );
  });
});

describe('TEST_FUNCTIONS', () => {
  it('has every function under its name', () => {
    for (const [name, f] of Object.entries(TEST_FUNCTIONS)) {
      expect(f.name.toLowerCase()).toBe(name);
      expect(f.source).toMatch(/\(\d{4}\)/);
    }
  });
});
