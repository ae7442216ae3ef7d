import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constant, cosine, warmRestarts } from '../../src/optimize/schedules.ts';

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

describe('warmRestarts', () => {
  it('has four whole periods by default, each twice as long as the one before', () => {
    const schedule = warmRestarts(1, 0);
    for (const start of [0, 1 / 15, 3 / 15, 7 / 15]) expect(schedule(start)).toBe(1);
    // 1e-6 of the run before a restart, on a flat part of the curve.
    for (const end of [1 / 15, 3 / 15, 7 / 15, 1]) expect(schedule(end - 1e-6)).toBeLessThan(1e-9);
    for (const middle of [0.5 / 15, 2 / 15, 5 / 15, 11 / 15]) expect(schedule(middle)).toBeCloseTo(0.5, 12);
    expect(schedule(1)).toBe(0);
  });

  it('starts each period at one value and ends the run at the other, if whole periods fill it', () => {
    const factor = fc.oneof(fc.constant(1), fc.double({ min: 1.01, max: 4, noNaN: true }));
    fc.assert(
      fc.property(factor, fc.integer({ min: 1, max: 8 }), (growth, periods) => {
        const lengths = Array.from({ length: periods }, (_, i) => growth ** i);
        const total = lengths.reduce((sum, length) => sum + length);
        const schedule = warmRestarts(0.5, 0.25, { first: 1 / total, factor: growth });
        let start = 0;
        for (const length of lengths) {
          expect(schedule(start / total)).toBe(0.5);
          expect(schedule((start + 0.75 * length) / total)).toBeCloseTo(cosine(0.5, 0.25)(0.75), 10);
          start += length;
        }
        // Rounding of the last period's end, on a flat part of the curve.
        expect(schedule(1)).toBeCloseTo(0.25, 14);
      }),
    );
  });

  it('is the cosine, bit for bit, with one period', () => {
    const progress = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(progress, fc.double({ min: 1, max: 10, noNaN: true }), (t, factor) => {
        expect(warmRestarts(0.1, 0.001, { first: 1, factor })(t)).toBe(cosine(0.1, 0.001)(t));
      }),
    );
  });

  it('cuts off the last period at the end of the run', () => {
    // The periods are [0, 1/2] and [1/2, 3/2]; the run ends half way through the second.
    const schedule = warmRestarts(1, 0, { first: 0.5, factor: 2 });
    expect(schedule(0.5)).toBe(1);
    expect(schedule(0.75)).toBeCloseTo(cosine(1, 0)(0.25), 14);
    expect(schedule(1)).toBeCloseTo(0.5, 14);
  });

  it('stays between its values', () => {
    const first = fc.double({ min: 1e-6, max: 1, noNaN: true });
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(first, fc.double({ min: 1, max: 10, noNaN: true }), unit, (share, factor, progress) => {
        const value = warmRestarts(1, 0, { first: share, factor })(progress);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('refuses periods that do not fit', () => {
    for (const first of [0, -0.1, 1.5, Number.NaN]) {
      expect(() => warmRestarts(1, 0, { first })).toThrow(
        new RangeError(`first must be above 0 and at most 1, got ${first}`),
      );
    }
    for (const factor of [0.99, 0, Number.NaN, Infinity]) {
      expect(() => warmRestarts(1, 0, { factor })).toThrow(
        new RangeError(`factor must be finite and at least 1, got ${factor}`),
      );
    }
  });
});
