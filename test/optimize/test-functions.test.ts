import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { SCHWEFEL, STYBLINSKI_TANG, scaleToDomain, type TestFunction } from '../../src/optimize/test-functions.ts';

const FUNCTIONS: TestFunction[] = [
  STYBLINSKI_TANG,
  SCHWEFEL,
  scaleToDomain(SCHWEFEL, [-5, 5]),
  scaleToDomain(STYBLINSKI_TANG, [0, 1]),
];

describe.each(FUNCTIONS)('$name', (f) => {
  const [low, high] = f.domain;
  const random = Random.fromSeed(0, f.name);
  const anywhere = (): number => low + (high - low) * random.uniform();

  it('has the gradient of central differences', () => {
    const h = (high - low) * 1e-5;
    for (let trial = 0; trial < 50; trial++) {
      const x = Float64Array.from({ length: 3 }, anywhere);
      const gradient = f.gradient(x);
      const scale = Math.max(1, ...gradient.map(Math.abs));
      for (let i = 0; i < 3; i++) {
        const difference = (f.value(x.with(i, x[i]! + h)) - f.value(x.with(i, x[i]! - h))) / (2 * h);
        // Error of the difference: curvature h^2, and rounding of values of about 1e3 divided by h.
        expect(Math.abs(difference - gradient[i]!) / scale).toBeLessThan(1e-5);
      }
    }
  });

  it('has its minimum where it says, and nowhere a smaller value on a fine grid', () => {
    const at = new Float64Array(7).fill(f.minimizer);
    expect(f.value(at)).toBeCloseTo(f.minimum(7), 9);
    expect(Math.max(...f.gradient(at).map(Math.abs))).toBeLessThan(1e-9);
    const grid = Array.from({ length: 20_001 }, (_, i) => f.value(Float64Array.of(low + ((high - low) * i) / 20_000)));
    expect(Math.min(...grid)).toBeGreaterThanOrEqual(f.minimum(1));
    expect(f.minimizer).toBeGreaterThan(low);
    expect(f.minimizer).toBeLessThan(high);
  });

  it('only reads its argument', () => {
    const x = Float64Array.of(anywhere(), anywhere());
    const copy = x.slice();
    f.value(x);
    f.gradient(x)[0] = 99;
    expect(x).toEqual(copy);
  });
});

describe('published minima', () => {
  it('are those of the survey, a coordinate', () => {
    // Jamil and Yang (2013): -78.332 for two coordinates of Styblinski-Tang, -418.983 for Schwefel 2.26's mean.
    expect(STYBLINSKI_TANG.minimum(2)).toBeCloseTo(-78.332, 3);
    expect(SCHWEFEL.minimum(1)).toBeCloseTo(-418.983, 3);
    expect([STYBLINSKI_TANG.minimizer, SCHWEFEL.minimizer]).toEqual([
      expect.closeTo(-2.903534, 6),
      expect.closeTo(420.9687, 4),
    ]);
  });

  it('scaling moves no value', () => {
    const scaled = scaleToDomain(SCHWEFEL, [-5, 5]);
    expect(scaled.value(Float64Array.of(-5, 0, 2.5))).toBe(SCHWEFEL.value(Float64Array.of(-500, 0, 250)));
    expect(scaled.minimum(50)).toBe(SCHWEFEL.minimum(50));
  });
});
