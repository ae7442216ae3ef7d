import { describe, expect, it } from 'vitest';
import { bindToData } from '../../src/options/bind-to-data.ts';
import { OptionsError } from '../../src/options/parse-options.ts';

const DIGITS = { side: 28, channels: 1, classes: [...'0123456789'], flip: false } as const;

describe('bindToData', () => {
  it('fills in what the options leave open, and keeps what is given', () => {
    const bound = { image: 28, pictureChannels: 1, classes: 10, flip: false } as const;
    expect(bindToData({ image: 28, seed: 3 }, DIGITS)).toEqual({ ...bound, seed: 3 });
    expect(bindToData({ image: 28, flip: true }, DIGITS)).toEqual({ ...bound, flip: true });
    expect(bindToData(bound, DIGITS)).toEqual(bound);
  });

  it('takes every size that divides the side', () => {
    for (const image of [4, 28]) expect(bindToData({ image }, DIGITS).image).toBe(image);
    for (const image of [8, 16, 96]) expect(bindToData({ image }, { ...DIGITS, side: 96 }).image).toBe(image);
  });

  it.each([
    [{ image: 16 }, DIGITS, 'image must divide the pictures’ 28 pixels (4, 28), got 16'],
    [{ image: 32 }, DIGITS, 'image must divide the pictures’ 28 pixels (4, 28), got 32'],
    [{ image: 8 }, { ...DIGITS, side: 30 }, '30 pixels (there is no such multiple of 4), got 8'],
    [{ image: 28, pictureChannels: 3 }, DIGITS, 'pictureChannels must be 1, as the pictures have them, got 3'],
    [{ image: 28, classes: 100 }, DIGITS, 'classes must be 10, as the data has them, got 100'],
  ] as const)('refuses what contradicts the pictures: %o', (options, data, said) => {
    expect(() => bindToData(options, data)).toThrow(OptionsError);
    expect(() => bindToData(options, data)).toThrow(said);
  });
});
