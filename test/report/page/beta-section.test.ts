import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { betaSection } from '../../../src/report/page/beta-section.ts';

const figureSchema = z.object({
  layer: z.tuple(
    [z.object({ data: z.object({ values: z.array(z.object({ at: z.number(), densities: z.array(z.number()) })) }) })],
    z.unknown(),
  ),
});

/** Points of the curve at a moment. */
function curveAt(u: number, moment: number): { at: number; density: number }[] {
  const { layer } = figureSchema.parse(betaSection(u).spec);
  return layer[0].data.values.map(({ at, densities }) => ({ at, density: densities[moment] as number }));
}

/** Area, mean and standard deviation by the trapezoidal rule. */
function momentsOf(curve: readonly { at: number; density: number }[]) {
  const step = 1 / (curve.length - 1);
  const integrate = (of: (at: number) => number): number =>
    curve.reduce((sum, { at, density }, i) => {
      const weight = i === 0 || i === curve.length - 1 ? 0.5 : 1;
      return sum + weight * step * density * of(at);
    }, 0);
  const mean = integrate((at) => at);
  return { area: integrate(() => 1), mean, deviation: Math.sqrt(integrate((at) => (at - mean) ** 2)) };
}

describe('the animation of the proposals', () => {
  it.each([0, 0.3, 0.5, 1])('has the mean and the spread of eq. 3 and 4 around %d', (u) => {
    for (const moment of [0, 8, 20, 28]) {
      const rho = moment / 40;
      const { area, mean, deviation } = momentsOf(curveAt(u, moment));
      // Accurate to 0.005: 200 trapezoids measure a density that may peak at the border of the domain.
      expect(area).toBeCloseTo(1, 2);
      expect(mean).toBeCloseTo((1 - rho) / 2 + rho * u, 2);
      expect(deviation).toBeCloseTo((1 - rho) * Math.sqrt(1 / 12), 2);
    }
  });

  it('begins uniform and ends at the position alone', () => {
    expect(curveAt(0.3, 0).every(({ density }) => density === 1)).toBe(true);
    expect(curveAt(0.3, 40).filter(({ density }) => density > 0)).toEqual([{ at: 0.3, density: 10 }]);
  });

  it('has a slider from 0 to 1', () => {
    const { slider } = betaSection();
    expect(slider?.moments).toHaveLength(41);
    expect([slider?.moments[0], slider?.moments[40]]).toEqual(['ρ = 0.000', 'ρ = 1.000']);
  });

  it('refuses a position outside the domain', () => {
    expect(() => betaSection(1.5)).toThrow('the position must be from 0 to 1, got 1.5');
  });
});
