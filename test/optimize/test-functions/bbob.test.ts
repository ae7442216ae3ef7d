import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimize } from '../../../src/optimize/minimize/minimize.ts';
import { BBOB_FUNCTIONS, bbobFunction } from '../../../src/optimize/test-functions/bbob/bbob.ts';

/** Minimum, then values at three points, by 'function dimension instance'. */
const GOLDEN: Record<string, [number, ...number[]]> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../golden/bbob.json'), 'utf8'),
).values;

const NUMBERS = Array.from({ length: BBOB_FUNCTIONS }, (_, i) => i + 1);

/** Point k of the golden values; the last lies partly outside the domain. */
function point(k: number, coordinates: number, number: number): Float64Array {
  const reach = k === 2 && number !== 5 ? 6 : 5;
  return Float64Array.from(
    { length: coordinates },
    (_, i) => reach * (2 * (((i + 1) * (k + 1) * 0.6180339887498949) % 1) - 1),
  );
}

describe.each(NUMBERS)('f%i of BBOB', (number) => {
  it('has the values of COCO, in every dimension and instance', () => {
    const cases = Object.entries(GOLDEN).filter(([key]) => key.startsWith(`${number} `));
    expect(cases).toHaveLength(12);
    for (const [key, [minimum, ...values]] of cases) {
      const [, coordinates, instance] = key.split(' ').map(Number) as [number, number, number];
      const f = bbobFunction(number, coordinates, instance);
      expect(f.minimum).toBe(minimum);
      for (const [k, value] of values.entries()) {
        const own = f.value(point(k, coordinates, number));
        // Sums are rounded in another order; f16 takes cosines of 3^11 x, f23 multiplies 32 roundings by powers.
        expect(Math.abs(own - value)).toBeLessThan((number === 23 ? 1e-8 : 1e-10) * Math.max(1, Math.abs(value)));
      }
    }
  });

  it('is nowhere below its minimum, which it takes at the minimizer', () => {
    for (const coordinates of [2, 5, 40]) {
      const f = bbobFunction(number, coordinates, 3);
      // Rounding before the roots of f7, f13, f16 and f20, in units of the values near by.
      expect(Math.abs(f.value(f.minimizer) - f.minimum)).toBeLessThan(1e-6);
      expect(f.minimizer.every((x) => Math.abs(x) <= 5)).toBe(true);
      const positions = fc.float64Array({
        minLength: coordinates,
        maxLength: coordinates,
        min: -5,
        max: 5,
        noNaN: true,
      });
      fc.assert(
        fc.property(positions, (x) => {
          expect(f.value(x)).toBeGreaterThanOrEqual(f.minimum - 1e-9);
        }),
        { numRuns: 30 },
      );
    }
  });
});

describe('functions of BBOB', () => {
  it('differ between instances', () => {
    for (const number of NUMBERS) {
      const [a, b] = [bbobFunction(number, 3, 1), bbobFunction(number, 3, 2)];
      expect(a.minimum).not.toBe(b.minimum);
      expect(a.minimizer).not.toEqual(b.minimizer);
    }
  });

  it('can be minimized', async () => {
    const f = bbobFunction(1, 5, 4);
    const { bestLoss } = await minimize(f, { method: 'cma-es', coordinates: 5, bounds: f.domain, evaluations: 1500 });
    expect(bestLoss - f.minimum).toBeLessThan(1e-8);
  });

  it('are refused for other numbers', () => {
    expect(() => bbobFunction(25, 2)).toThrow(new RangeError('a function of BBOB must be from 1 to 24, got 25'));
    expect(() => bbobFunction(0, 2)).toThrow('a function of BBOB must be from 1 to 24, got 0');
    expect(() => bbobFunction(1, 1)).toThrow(new RangeError('coordinates must be an integer of at least 2, got 1'));
    expect(() => bbobFunction(1, 2, 0)).toThrow(new RangeError('instance must be a positive integer, got 0'));
  });
});
