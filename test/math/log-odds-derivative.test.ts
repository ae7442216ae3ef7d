import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logOddsDerivative } from '../../src/math/log-odds-derivative.ts';

// [x, a, b, rho], from I_x(a, b) by mpmath 1.3.0 with 120 digits, differentiated with steps of 1e-40.
const GOLDEN = [
  [0.3, 1.5, 4.25, 0.736084587565463],
  [0.5, 0.75, 0.75, 2.041079736244901],
  [0.9, 2.5, 8, 0.21318502416286536],
  [0.01, 0.0625, 40, 17.995693594403107],
  [0.999, 0.25, 0.5, 6.285661766724398],
  [1e-9, 0.125, 3, 154.91031014505563],
  [0.75, 12, 0.25, 0.09877822664132194],
  [0.2, 30, 70, 0.04089384260861726],
  [0.6, 30, 70, 0.02332349610451987],
  [0.98, 0.5, 60, 0.10266986925530273],
  [1 - 2 ** -40, 3, 0.125, 0.38560100630964195],
  [0.5, 0.001, 2, 773.201814786115],
] as const;

const shape = fc.double({ min: 0.05, max: 50, noNaN: true });
const inside = fc.double({ min: 0.001, max: 0.999, noNaN: true });

describe('logOddsDerivative', () => {
  it.each(GOLDEN)('is right to 1e-13 at x = %d, a = %d, b = %d', (x, a, b, expected) => {
    expect(Math.abs(logOddsDerivative(x, a, b) / expected - 1)).toBeLessThan(1e-13);
  });

  it('is that of x = u^(1/a) if b = 1: -ln x / (a (1 - x))', () => {
    fc.assert(
      fc.property(inside, shape, (x, a) => {
        const expected = -Math.log(x) / (a * (1 - x));
        // Near 1 the logarithm of x loses digits: a relative error of 1e-16 in x is one of 1e-13 in 1 - x.
        expect(Math.abs(logOddsDerivative(x, a, 1) / expected - 1)).toBeLessThan(1e-12);
      }),
    );
  });

  it('is positive: the more weight a shape has, the larger its variate', () => {
    fc.assert(
      fc.property(inside, shape, shape, (x, a, b) => void expect(logOddsDerivative(x, a, b)).toBeGreaterThan(0)),
    );
  });

  it('stays finite where x underflows, or rounds to 1', () => {
    expect(logOddsDerivative(2 ** -1022, 0.01, 3)).toBeGreaterThan(0);
    expect(logOddsDerivative(2 ** -1022, 0.01, 3)).toBeLessThan(Infinity);
    // The limit at 1: (psi(a + b) - psi(a)) / b, here with psi(a + 1) = psi(a) + 1 / a.
    expect(logOddsDerivative(1, 4, 1)).toBeCloseTo(1 / 4, 14);
  });
});
