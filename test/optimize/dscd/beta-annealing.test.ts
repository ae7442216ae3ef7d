import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betaShapes, concentration } from '../../../src/optimize/dscd/beta-annealing.ts';

const unit = fc.double({ min: 0, max: 1, noNaN: true });

describe('concentration', () => {
  it('is the cosine annealing (1 - cos(pi t)) / 2', () => {
    fc.assert(
      fc.property(unit, (t) => {
        expect(concentration(t)).toBeCloseTo((1 - Math.cos(Math.PI * t)) / 2, 15);
      }),
    );
    expect([0, 0.5, 1].map(concentration)).toEqual([0, expect.closeTo(0.5, 15), 1]);
  });

  it('keeps its precision near 0, unlike the cosine', () => {
    // sin^2(x) = x^2 (1 - x^2 / 3 + ...): at x = 1e-9 the first term is exact to float64.
    expect(concentration(2e-9 / Math.PI) / 1e-18).toBeCloseTo(1, 12);
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses the progress %d', (progress) => {
    expect(() => concentration(progress)).toThrow(`progress must be from 0 to 1, got ${progress}`);
    expect(() => betaShapes(0.5, progress)).toThrow(RangeError);
  });
});

describe('betaShapes', () => {
  it('is uniform at the start for every position', () => {
    for (const u of [0, 0.3, 1]) expect(betaShapes(u, 0)).toEqual({ a: 1, b: 1 });
  });

  it('interpolates mean and standard deviation between uniform and Dirac (eq. 3 and 4)', () => {
    fc.assert(
      fc.property(unit, fc.double({ min: 0, max: 0.99997, noNaN: true }), (u, progress) => {
        const { a, b } = betaShapes(u, progress)!;
        const r = Math.cos((Math.PI / 2) * progress) ** 2;
        const mu = r / 2 + (1 - r) * u;
        const n = a + b;
        expect(a / n).toBeCloseTo(mu, 13);
        // The variance is compared relative to its target, because sigma falls to 1e-9.
        expect((((a / n) * (b / n)) / (n + 1) / (r * r)) * 12).toBeCloseTo(1, 9);
      }),
    );
  });

  it('has the closed form a = 1 + 2 rho, b = (1 + rho)(1 + 2 rho) / (1 - rho) at u = 0, swapped at u = 1', () => {
    for (const progress of [0, 0.1, 0.5, 0.9, 0.999, 0.99995]) {
      const rho = concentration(progress);
      const r = Math.cos((Math.PI / 2) * progress) ** 2;
      const { a, b } = betaShapes(0, progress)!;
      expect(a / (1 + 2 * rho)).toBeCloseTo(1, 12);
      expect(b / (((1 + rho) * (1 + 2 * rho)) / r)).toBeCloseTo(1, 12);
      const swapped = betaShapes(1, progress)!;
      expect(swapped.a / b).toBeCloseTo(1, 12);
      expect(swapped.b / a).toBeCloseTo(1, 12);
    }
  });

  it('swaps the shapes for u and 1 - u', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1024 }), fc.double({ min: 0, max: 0.9999, noNaN: true }), (n, progress) => {
        const { a, b } = betaShapes(n / 1024, progress)!;
        const mirrored = betaShapes(1 - n / 1024, progress)!;
        expect([mirrored.a / b, mirrored.b / a]).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]);
      }),
    );
  });

  it('never has a shape below 1, not even by rounding', () => {
    // Half of the samples are near 0, because the shapes are nearest to 1 there.
    const progresses = fc.oneof(
      unit,
      unit.map((t) => t ** 8 / 1e4),
    );
    fc.assert(
      fc.property(unit, progresses, (u, progress) => {
        const shapes = betaShapes(u, progress);
        return shapes === null || (shapes.a >= 1 && shapes.b >= 1);
      }),
      { numRuns: 2000 },
    );
  });

  it('is null only if 1 - rho is below 1e-9', () => {
    expect(betaShapes(0.5, 1)).toBeNull();
    // The last of 20,000 steps: 1 - rho = 6e-9.
    expect(betaShapes(0.5, 19_999 / 20_000)).not.toBeNull();
    const at = (r: number): number => (2 / Math.PI) * Math.acos(Math.sqrt(r));
    expect(betaShapes(0.5, at(0.99e-9))).toBeNull();
    expect(betaShapes(0.5, at(1.01e-9))).not.toBeNull();
  });
});
