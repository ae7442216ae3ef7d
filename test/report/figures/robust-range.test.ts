import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeCut, robustRange } from '../../../src/report/figures/robust-range.ts';

/** Losses of epochs that fall from the second on. */
const FALLING = Array.from({ length: 12 }, (_, i) => 0.5 + 1.5 / (i + 1));

describe('the range of an axis', () => {
  it('leaves out a first epoch that would flatten the others, and says so', () => {
    const values = [80, ...FALLING.slice(1)];
    const range = robustRange(values);
    expect(range).toEqual([0.625, 1.25]);
    expect(describeCut(values, range as [number, number])).toMatch(
      /^Values are cut off .* three times the height: here 80\.$/,
    );
    expect(describeCut([-40, 80.123, ...FALLING], [0.625, 2])).toMatch(/: here values from -40 to 80\.1\.$/);
  });

  it('keeps what lies a little outside, and the values of a short run', () => {
    expect(robustRange(FALLING)).toBeNull();
    expect(robustRange([3, ...FALLING])).toBeNull(); // the others would have less than three times the height
    expect(robustRange([80, 2, 1, 0.5])).toBeNull();
    expect(robustRange([80, ...Array.from({ length: 12 }, () => 1)])).toBeNull(); // the others have no height
    expect(robustRange([])).toBeNull();
  });

  it('is that of the values of at least the middle half, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { maxLength: 40 }), (values) => {
        const range = robustRange(values);
        if (range === null) return;
        const [low, high] = range;
        const inside = values.filter((value) => value >= low && value <= high);
        expect([Math.min(...inside), Math.max(...inside)]).toEqual([low, high]);
        expect(inside.length).toBeGreaterThanOrEqual(values.length / 2);
        expect(inside.length).toBeLessThan(values.length);
      }),
    );
  });
});
