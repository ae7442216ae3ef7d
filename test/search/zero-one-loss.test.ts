import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zeroOneGradient, zeroOneLoss } from '../../src/search/zero-one-loss.ts';
import { relax } from '../../src/space/relaxation.ts';
import { GoldenCase } from '../../tools/golden/golden-case.ts';

const mixing = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 })
  .map((values) => Float64Array.from(values));

describe('zeroOneLoss', () => {
  it('is 0 where nothing is decided, and -1/4 where everything is', () => {
    expect(Math.abs(zeroOneLoss([0.5, 0.5, 0.5]))).toBe(0);
    expect(zeroOneLoss([0, 1, 1, 0])).toBe(-0.25);
  });

  it('lies between them, and is the same for m and 1 - m', () => {
    fc.assert(
      fc.property(mixing, (m) => {
        const loss = zeroOneLoss(m);
        expect(loss).toBeLessThanOrEqual(0);
        expect(loss).toBeGreaterThanOrEqual(-0.25);
        expect(zeroOneLoss(m.map((value) => 1 - value))).toBeCloseTo(loss, 14);
      }),
    );
  });

  it.each(['case-a', 'case-b'])('is PyTorch’s of %s', (name) => {
    const golden = new GoldenCase(`test/golden/${name}`);
    const { ops } = golden.manifest.config;
    // Both were computed in float64 from the same float32 alphas.
    expect(zeroOneLoss(relax('sigmoid', golden.alpha(), ops.length))).toBeCloseTo(
      golden.manifest.scalars?.zeroOne as number,
      14,
    );
  });
});

describe('zeroOneGradient', () => {
  it('is the slope of the loss, which is a parabola: central differences are exact', () => {
    fc.assert(
      fc.property(mixing, fc.nat(), (m, at) => {
        const i = at % m.length;
        const [up, down] = [0.25, -0.25].map((step) =>
          zeroOneLoss(m.map((value, j) => (j === i ? value + step : value))),
        );
        expect(zeroOneGradient(m)[i]).toBeCloseTo(((up as number) - (down as number)) / 0.5, 13);
      }),
    );
  });

  it('pushes away from 1/2', () => {
    // Descent goes against the gradient.
    expect([...zeroOneGradient([0.25, 0.5, 0.75])].map((g) => Math.sign(-g) + 0)).toEqual([-1, 0, 1]);
  });
});
