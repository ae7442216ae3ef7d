import fc from 'fast-check';
import { expect, it } from 'vitest';
import { importPage } from './import-page.ts';

const { chooseTicks, chooseMoments, clockUnit } = await importPage('ticks.js');
const texts = (ticks: { text: string }[]) => ticks.map(({ text }) => text);

it('chooses round values with their decimals', () => {
  expect(texts(chooseTicks(2.7, 5.1, 5))).toEqual(['3.0', '3.5', '4.0', '4.5', '5.0']);
  expect(texts(chooseTicks(-1000, 0, 5))).toEqual(['-1000', '-800', '-600', '-400', '-200', '0']);
  expect(texts(chooseTicks(-0.02, 0.03, 5))).toEqual(['-0.02', '-0.01', '0.00', '0.01', '0.02', '0.03']);
  // Steps are whole.
  expect(texts(chooseTicks(-2, 0, 5, 1))).toEqual(['-2', '-1', '0']);
  // One value has no range.
  expect(texts(chooseTicks(1.5, 1.5, 5))).toEqual(['1.5000']);
});

it('chooses the moments of a clock', () => {
  expect(texts(chooseMoments(0, 96_000, 4))).toEqual(['0:00', '0:30', '1:00', '1:30']);
  expect(texts(chooseMoments(0, 1100, 3))).toEqual(['0:00.0', '0:00.5', '0:01.0']);
  expect(texts(chooseMoments(0, 9_000_000, 3))).toEqual(['0:00:00', '1:00:00', '2:00:00']);
  expect(texts(chooseMoments(7_200_000, 7_230_000, 3))).toEqual(['2:00:00', '2:00:10', '2:00:20', '2:00:30']);
  expect([clockUnit(3_599_999), clockUnit(3_600_000)]).toEqual(['min:s', 'h:min:s']);
});

it.each([
  ['chooseTicks', chooseTicks, -1e6],
  ['chooseMoments', chooseMoments, 0],
])('%s: few ticks, each with its own text, at equal distances within the range', (_name, choose, least) => {
  const range = fc.tuple(fc.integer({ min: least, max: 1e9 }), fc.integer({ min: 10, max: 1e9 }));
  fc.assert(
    fc.property(range, fc.integer({ min: 2, max: 12 }), ([from, width], count) => {
      const ticks: { value: number; text: string }[] = choose(from, from + width, count);
      expect(ticks.length).toBeLessThanOrEqual(count + 1);
      expect(new Set(texts(ticks)).size).toBe(ticks.length);
      const values = ticks.map(({ value }) => value);
      const slack = 1e-6 * width;
      for (const value of values) expect(value >= from - slack && value <= from + width + slack).toBe(true);
      const steps = values.slice(1).map((value, i) => value - (values[i] as number));
      for (const step of steps) expect(Math.abs(step - (steps[0] as number))).toBeLessThan(slack);
    }),
  );
});
