import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeFit, fitSizes } from '../../src/options/fit-sizes.ts';

const PRESET = { trainSize: 6400, epochs: 15 };

describe('fitSizes', () => {
  it('changes nothing if there are enough pictures, or if their number is given', () => {
    expect(fitSizes(PRESET, {}, 6400)).toEqual(PRESET);
    expect(fitSizes({ trainSize: 500, epochs: 15 }, { trainSize: 500 }, 300)).toEqual({ trainSize: 500, epochs: 15 });
  });

  it('uses all pictures in more epochs, at most ten times as many, unless the epochs are given', () => {
    expect(fitSizes(PRESET, {}, 3200)).toEqual({ trainSize: 3200, epochs: 30 });
    expect(fitSizes(PRESET, {}, 64)).toEqual({ trainSize: 64, epochs: 150 });
    expect(fitSizes({ ...PRESET, epochs: 4 }, { epochs: 4 }, 64)).toEqual({ trainSize: 64, epochs: 4 });
  });

  it('never asks for more pictures than there are, nor for fewer epochs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1e5 }), fc.integer({ min: 1, max: 600 }), (pictures, epochs) => {
        const fitted = fitSizes({ trainSize: 6400, epochs }, {}, pictures);
        expect(fitted.trainSize).toBe(Math.min(6400, pictures));
        expect(fitted.epochs).toBeGreaterThanOrEqual(epochs);
        expect(fitted.epochs).toBeLessThanOrEqual(10 * epochs);
      }),
    );
  });

  it('is told in a sentence', () => {
    expect(describeFit(PRESET, PRESET)).toBeNull();
    expect(describeFit(PRESET, { trainSize: 288, epochs: 150 })).toBe(
      'all 288 training pictures are used instead of 6400, for 150 epochs instead of 15',
    );
    expect(describeFit(PRESET, { trainSize: 288, epochs: 15 })).toBe(
      'all 288 training pictures are used instead of 6400',
    );
  });
});
