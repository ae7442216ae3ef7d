import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import { softmaxRows } from '../../src/math/softmax-rows.ts';
import { clampToUnit, clipToSimplex, drawNoise, perturb } from '../../src/search/perturbation.ts';
import { flat, METHOD_UNITS } from '../support/method-units.ts';

const entries = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 });

describe('clipToSimplex', () => {
  it('clips as SmoothDARTS does', () => {
    const { rows, clipped } = METHOD_UNITS.simplexClip;
    const expected = flat(clipped);
    for (const [i, entry] of clipToSimplex(flat(rows), 5).entries()) expect(entry).toBeCloseTo(expected[i]!, 15);
  });

  it('gives rows of [0, 1] that sum to 1, and leaves those alone that do already', () => {
    fc.assert(
      fc.property(entries, (row) => {
        const clipped = clipToSimplex(Float64Array.from(row), 4);
        expect(clipped.every((entry) => entry >= 0 && entry <= 1)).toBe(true);
        expect(clipped.reduce((sum, entry) => sum + entry, 0)).toBeCloseTo(1, 14);
        for (const [i, entry] of clipToSimplex(clipped, 4).entries()) expect(entry).toBeCloseTo(clipped[i]!, 14);
      }),
    );
  });

  it('keeps rows apart', () => {
    const rows = Float64Array.of(0.5, 0.5, -1, -2);
    expect([...clipToSimplex(rows, 2)]).toEqual([0.5, 0.5, 1, 0]);
    expect([...rows]).toEqual([0.5, 0.5, -1, -2]);
  });
});

it('clampToUnit clamps each entry by itself', () => {
  expect([...clampToUnit(Float64Array.of(-0.1, 0.25, 1.5, 0.9), 2)]).toEqual([0, 0.25, 1, 0.9]);
});

describe('drawNoise', () => {
  it('is uniform in [-epsilon, epsilon], and 0 without epsilon', () => {
    const noise = drawNoise(Random.fromSeed(0, 'noise'), 10_000, 0.3);
    expect(noise.every((entry) => Math.abs(entry) <= 0.3)).toBe(true);
    const mean = noise.reduce((sum, entry) => sum + entry, 0) / noise.length;
    const square = noise.reduce((sum, entry) => sum + entry ** 2, 0) / noise.length;
    // Five standard errors: the variance is 0.03, that of the square 4/45 * 0.3^4.
    expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(0.03 / noise.length));
    expect(Math.abs(square - 0.03)).toBeLessThan(5 * Math.sqrt(((4 / 45) * 0.3 ** 4) / noise.length));
    expect(drawNoise(Random.fromSeed(0), 3, 0).every((entry) => entry === 0)).toBe(true);
  });
});

describe('perturb', () => {
  const mixing = softmaxRows([0.3, -1, 2, 0.1, 0, 0.7], 3);

  it('clips mixing weights with noise, and returns their bits without', () => {
    const noise = Float64Array.of(0.1, -0.2, 0, 0.1, 0.1, -0.3);
    const sums = mixing.map((entry, i) => entry + noise[i]!);
    expect(perturb(mixing, noise, 3, clipToSimplex)).toEqual(clipToSimplex(sums, 3));
    expect(perturb(mixing, noise, 3, clampToUnit)).toEqual(clampToUnit(sums, 3));
    const same = perturb(mixing, drawNoise(Random.fromSeed(0), 6, 0), 3, clipToSimplex);
    expect(same).toEqual(mixing);
    expect(same).not.toBe(mixing);
  });
});
