import { describe, expect, it } from 'vitest';
import { Random } from '../../src/math/random.ts';
import {
  type DrawnRelaxation,
  drawFor,
  expectMixing,
  isDrawn,
  relaxDrawn,
  relaxDrawnBackward,
  settleMixing,
} from '../../src/space/drawn-relaxation.ts';
import { relax } from '../../src/space/relaxation.ts';

const DRAWN: readonly DrawnRelaxation[] = ['gumbel-hard', 'gumbel-soft', 'dirichlet'];
const ALPHA = Float64Array.of(0.5, -1, 0.2, 1.2, 0.1, -0.4);
const COLUMNS = 3;

const drawOf = (relaxation: DrawnRelaxation, seed: number, alpha = ALPHA, columns = COLUMNS) => {
  return { alpha, columns, tau: 0.7, draw: drawFor(relaxation, Random.fromSeed(seed, 'draw'), alpha, columns) };
};

describe.each(DRAWN)('%s', (relaxation) => {
  it('draws rows that sum to 1, and the same ones of the same seed', () => {
    const mixing = relaxDrawn(relaxation, drawOf(relaxation, 1));
    expect(mixing).toEqual(relaxDrawn(relaxation, drawOf(relaxation, 1)));
    expect(drawOf(relaxation, 1).draw).not.toEqual(drawOf(relaxation, 2).draw);
    for (const row of [mixing.subarray(0, 3), mixing.subarray(3)]) {
      expect(row.reduce((sum, entry) => sum + entry, 0)).toBeCloseTo(1, 14);
    }
  });

  it('gives a space of one column the weight 1, which no alpha moves', () => {
    const alpha = Float64Array.of(0.3, -2);
    const drawn = drawOf(relaxation, 2, alpha, 1);
    expect([...relaxDrawn(relaxation, drawn)]).toEqual([1, 1]);
    expect([...settleMixing(relaxation, alpha, 1)]).toEqual([1, 1]);
    const gradient = relaxDrawnBackward(relaxation, drawn, Float64Array.of(3, -1));
    for (const entry of gradient) expect(entry).toBeCloseTo(0, 14);
  });
});

describe('expected mixing weights', () => {
  it.each(['gumbel-hard', 'dirichlet'] as const)('are the mean of the draws: %s', (relaxation) => {
    const draws = 4000;
    const sums = new Float64Array(ALPHA.length);
    for (let seed = 0; seed < draws; seed++) {
      for (const [i, entry] of relaxDrawn(relaxation, drawOf(relaxation, seed)).entries()) sums[i]! += entry;
    }
    // An entry's standard deviation is at most 1/2: that of its mean at most 0.008.
    for (const [i, expected] of expectMixing(relaxation, ALPHA, COLUMNS).entries()) {
      expect(Math.abs(sums[i]! / draws - expected)).toBeLessThan(0.035);
    }
  });

  it('are those of the relaxation itself where nothing is drawn', () => {
    for (const relaxation of ['softmax', 'sigmoid'] as const) {
      expect(isDrawn(relaxation)).toBe(false);
      expect(expectMixing(relaxation, ALPHA, COLUMNS)).toEqual(relax(relaxation, ALPHA, COLUMNS));
      expect(settleMixing(relaxation, ALPHA, COLUMNS)).toEqual(relax(relaxation, ALPHA, COLUMNS));
    }
  });
});

it('measures GDAS at its likeliest operations', () => {
  expect([...settleMixing('gumbel-hard', ALPHA, COLUMNS)]).toEqual([1, 0, 0, 1, 0, 0]);
});

it('counts the gradient of GDAS in drawn columns alone', () => {
  const drawn = drawOf('gumbel-hard', 3);
  const mixing = relaxDrawn('gumbel-hard', drawn);
  const slopes = Float64Array.of(1, 2, -3, 0.5, -1, 4);
  const elsewhere = slopes.map((slope, i) => (mixing[i] === 1 ? slope : 99));
  const gradient = relaxDrawnBackward('gumbel-hard', drawn, slopes);
  expect(gradient.some((entry) => entry !== 0)).toBe(true);
  expect(relaxDrawnBackward('gumbel-hard', drawn, elsewhere)).toEqual(gradient);
});

it('has SNAS’s gradient by finite differences', () => {
  const slopes = Float64Array.of(1, 2, -3, 0.5, -1, 4);
  const drawn = drawOf('gumbel-soft', 4);
  const lossAt = (alpha: Float64Array): number => {
    return relaxDrawn('gumbel-soft', { ...drawn, alpha }).reduce((sum, entry, i) => sum + entry * slopes[i]!, 0);
  };
  for (const [i, slope] of relaxDrawnBackward('gumbel-soft', drawn, slopes).entries()) {
    const [up, down] = [1e-5, -1e-5].map((step) => lossAt(ALPHA.with(i, ALPHA[i]! + step))) as [number, number];
    expect(slope).toBeCloseTo((up - down) / 2e-5, 8);
  }
});
