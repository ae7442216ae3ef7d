import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digamma, logGamma, trigamma } from '../../src/math/gamma-function.ts';

// Computed by mpmath 1.3.0 with 120 digits.
const GOLDEN = [
  [0.001, 6.907178885383853, -1000.5755719318103, 1000001.6425331958],
  [0.1, 2.252712651734206, -10.423754940411076, 101.43329915079275],
  [0.5, 0.5723649429247001, -1.9635100260214235, 4.934802200544679],
  [1, 0, -0.5772156649015329, 1.6449340668482264],
  [2.5, 0.2846828704729192, 0.7031566406452432, 0.49035775610023485],
  [14.999, 25.18854687054693, 2.6742777210575355, 0.06894297877766278],
  [15, 25.191221182738683, 2.6743466616607936, 0.0689382278476838],
  [1000, 5905.220423209181, 6.907255195648812, 0.0010005001666666333],
] as const;

/** Relative error; absolute near 0. */
const error = (value: number, expected: number) => Math.abs(value - expected) / Math.max(1, Math.abs(expected));

describe('the gamma function’s logarithm and its derivatives', () => {
  it.each(GOLDEN)('are exact to rounding at %d', (x, log, first, second) => {
    expect(error(logGamma(x), log)).toBeLessThan(2e-15);
    expect(error(digamma(x), first)).toBeLessThan(2e-15);
    expect(error(trigamma(x), second)).toBeLessThan(2e-15);
  });

  it('rise from x to x + 1 as the recurrences say', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (x) => {
        expect(error(logGamma(x + 1), logGamma(x) + Math.log(x))).toBeLessThan(1e-14);
        expect(error(digamma(x + 1), digamma(x) + 1 / x)).toBeLessThan(1e-13);
        expect(error(trigamma(x + 1), trigamma(x) - 1 / x ** 2)).toBeLessThan(1e-11);
      }),
    );
  });
});
