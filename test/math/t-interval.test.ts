import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { mean, standardDeviation } from '../../src/math/statistics.ts';
import { studentQuantile, tInterval } from '../../src/math/t-interval.ts';

/** Integral of cos(x)^power from 0 to `to`, by the midpoint rule. */
function integrateCosine(power: number, to: number): number {
  const steps = 20_000;
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += Math.cos(((i + 0.5) * to) / steps) ** power;
  return (sum * to) / steps;
}

describe('the quantile of Student’s t', () => {
  it('is that of tables', () => {
    const table = [
      [1, 12.7062],
      [2, 4.3027],
      [3, 3.1824],
      [4, 2.7764],
      [10, 2.2281],
      [30, 2.0423],
      [120, 1.9799],
      [1e9, 1.96], // the normal distribution's
    ] as const;
    for (const [degrees, value] of table) expect(studentQuantile(0.975, degrees)).toBeCloseTo(value, 4);
    expect(studentQuantile(0.995, 5)).toBeCloseTo(4.0321, 4);
    expect(studentQuantile(0.5, 3)).toBe(0);
  });

  it('has closed forms at 1 and 2 degrees', () => {
    for (const share of [0.55, 0.75, 0.9, 0.999]) {
      expect(studentQuantile(share, 1)).toBeCloseTo(Math.tan(Math.PI * (share - 0.5)), 8);
      expect(studentQuantile(share, 2)).toBeCloseTo((2 * share - 1) / Math.sqrt(2 * share * (1 - share)), 10);
    }
  });

  it('leaves its share below also with degrees that are no integer', () => {
    for (const degrees of [1.5, 2.5, 7.3, 41.9]) {
      // With t = sqrt(degrees) tan(x), the density becomes a power of the cosine.
      const angle = Math.atan(studentQuantile(0.975, degrees) / Math.sqrt(degrees));
      const inside = integrateCosine(degrees - 1, angle) / integrateCosine(degrees - 1, Math.PI / 2);
      expect(inside).toBeCloseTo(0.95, 5);
    }
  });

  it('refuses what it is not defined for', () => {
    expect(() => studentQuantile(1, 3)).toThrow('share must be at least 0.5 and below 1, got 1');
    expect(() => studentQuantile(0.4, 3)).toThrow(RangeError);
    expect(() => studentQuantile(0.9, 0)).toThrow('degrees must be finite and above 0, got 0');
  });
});

describe('the t interval', () => {
  it('of a mean is that of textbooks', () => {
    // 1, 2, 3: mean 2, standard error 1 / sqrt(3), 2 degrees.
    const { low, high } = tInterval(2, [{ variance: 1 / 3, degrees: 2 }]);
    expect([low, high]).toEqual([expect.closeTo(-0.4841, 4), expect.closeTo(4.4841, 4)]);
  });

  it('of a difference combines the degrees as Welch does', () => {
    // Variances 4 / 5 and 9 / 10 of means of 5 and 10 values: 1.7^2 / (0.64 / 4 + 0.81 / 9) = 11.56 degrees.
    const parts = [
      { variance: 0.8, degrees: 4 },
      { variance: 0.9, degrees: 9 },
    ];
    const half = studentQuantile(0.975, 11.56) * Math.sqrt(1.7);
    expect(tInterval(1, parts)).toEqual({ low: expect.closeTo(1 - half, 12), high: expect.closeTo(1 + half, 12) });
    // A part that does not vary changes nothing.
    expect(tInterval(1, [...parts, { variance: 0, degrees: 1 }])).toEqual(tInterval(1, parts));
  });

  it('narrows at a lower level, and to a point without variance', () => {
    const part = { variance: 1, degrees: 5 };
    expect(tInterval(0, [part], 0.5).high).toBeLessThan(tInterval(0, [part]).high);
    expect(tInterval(3, [{ variance: 0, degrees: 2 }])).toEqual({ low: 3, high: 3 });
    expect(() => tInterval(0, [{ variance: 1, degrees: 0 }])).toThrow(RangeError);
  });

  it('holds the true difference in 95 of 100 cases, also with few values of unequal spread', () => {
    const random = Random.fromSeed(0, 'coverage');
    const draw = (count: number, sd: number): number[] => Array.from({ length: count }, () => sd * random.normal());
    let held = 0;
    for (let i = 0; i < 2000; i++) {
      const [a, b] = [draw(3, 1), draw(10, 3)];
      const parts = [a, b].map((values) => {
        return { variance: standardDeviation(values) ** 2 / values.length, degrees: values.length - 1 };
      });
      const { low, high } = tInterval(mean(a) - mean(b), parts);
      if (low <= 0 && high >= 0) held++;
    }
    // Welch's interval is an approximation; the standard error of the share is half a point.
    expect(held / 2000).toBeGreaterThan(0.935);
    expect(held / 2000).toBeLessThan(0.965);
  });
});
