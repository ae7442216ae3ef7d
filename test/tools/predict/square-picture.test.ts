import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Picture, squarePicture } from '../../../tools/predict/square-picture.ts';

/** A picture whose three channels are the same, row by row. */
function gray(rows: readonly (readonly number[])[]): Picture {
  const values = rows.flat().flatMap((value) => [value, value, value]);
  return { width: rows[0]?.length ?? 0, height: rows.length, pixels: Float32Array.from(values) };
}

/** First channel of a squared picture. */
const red = (pixels: Float32Array): number[] => [...pixels].filter((_, i) => i % 3 === 0);

const side = fc.integer({ min: 1, max: 12 });
const picture = fc.record({ width: side, height: side }).chain(({ width, height }) => {
  const length = width * height * 3;
  return fc
    .array(fc.integer({ min: 0, max: 255 }), { minLength: length, maxLength: length })
    .map((values): Picture => ({ width, height, pixels: Float32Array.from(values) }));
});

describe('squarePicture', () => {
  it('leaves a picture of the right size as it is', () => {
    const { width, height, pixels } = gray([
      [1, 2],
      [3, 4],
    ]);
    expect(squarePicture({ width, height, pixels }, 2)).toEqual(pixels);
  });

  it('keeps the channels apart', () => {
    const two = { width: 2, height: 2, pixels: Float32Array.of(1, 10, 100, 3, 30, 200, 1, 10, 100, 3, 30, 200) };
    expect([...squarePicture(two, 1)]).toEqual([2, 20, 150]);
  });

  it('takes the middle of a wide or a high picture', () => {
    expect(
      red(
        squarePicture(
          gray([
            [9, 1, 2, 9],
            [9, 3, 4, 9],
          ]),
          2,
        ),
      ),
    ).toEqual([1, 2, 3, 4]);
    expect(red(squarePicture(gray([[9], [5], [9]]), 1))).toEqual([5]);
    // The middle of two pixels: a half of each.
    expect(red(squarePicture(gray([[4, 8]]), 1))).toEqual([6]);
  });

  it('weighs pixels at the edge of an area by the covered share', () => {
    // Three pixels onto two: one and a half each.
    const row = [3, 6, 12];
    const result = red(squarePicture(gray([row, row, row]), 2));
    expect(result).toEqual([4, 10, 4, 10]);
  });

  it('repeats pixels where it enlarges', () => {
    const result = red(
      squarePicture(
        gray([
          [1, 2],
          [3, 4],
        ]),
        4,
      ),
    );
    expect(result).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
  });

  it('keeps the mean of a square picture, and stays between its darkest and its brightest pixel', () => {
    fc.assert(
      fc.property(picture, side, (given, to) => {
        const result = squarePicture(given, to);
        expect(result).toHaveLength(3 * to * to);
        expect(Math.min(...result)).toBeGreaterThanOrEqual(Math.min(...given.pixels) - 1e-3);
        expect(Math.max(...result)).toBeLessThanOrEqual(Math.max(...given.pixels) + 1e-3);
        if (given.width !== given.height) return;
        const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
        expect(mean(result)).toBeCloseTo(mean(given.pixels), 2);
      }),
    );
  });
});
