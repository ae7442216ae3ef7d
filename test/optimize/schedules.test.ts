import { describe, expect, it } from 'vitest';
import { constant, cosine } from '../../src/optimize/schedules.ts';

describe('schedules', () => {
  it('constant: is the same at every progress', () => {
    expect([0, 0.3, 1].map(constant(7))).toEqual([7, 7, 7]);
  });

  it('cosine: runs from one value to the other, half way in the middle, flat at both ends', () => {
    const schedule = cosine(0.025, 0.001);
    expect(schedule(0)).toBeCloseTo(0.025, 15);
    expect(schedule(0.5)).toBeCloseTo(0.013, 15);
    expect(schedule(1)).toBeCloseTo(0.001, 15);
    // cos(pi / 3) = 1 / 2: a quarter of the way at a third of the progress.
    expect(schedule(1 / 3)).toBeCloseTo(0.019, 15);
    expect(0.025 - schedule(0.01)).toBeLessThan(1e-5);
  });
});
