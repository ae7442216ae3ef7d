import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classAccuracies, confusedPairs } from '../../../src/report/page/confusion.ts';
import { PREDICTIONS } from '../fixtures.ts';

const COUNTS = fc.integer({ min: 1, max: 6 }).chain((n) =>
  fc.record({
    classes: fc.constant(Array.from({ length: n }, (_, i) => `class ${i}`)),
    confusion: fc.array(fc.array(fc.nat(5), { minLength: n, maxLength: n }), { minLength: n, maxLength: n }),
  }),
);

describe('a confusion matrix', () => {
  it('tells how well each class is recognized, the worst first, and what it is taken for', () => {
    expect(classAccuracies(PREDICTIONS)).toEqual([
      { name: 'dog "<b>\'', pictures: 5, correct: 3, accuracy: 0.6, mostly: { name: 'cat', pictures: 2 } },
      { name: 'cat', pictures: 3, correct: 2, accuracy: 2 / 3, mostly: { name: 'dog "<b>\'', pictures: 1 } },
      { name: 'owl', pictures: 0, correct: 0, accuracy: null, mostly: null },
    ]);
    expect(confusedPairs(PREDICTIONS)).toEqual([
      { label: 'dog "<b>\'', predicted: 'cat', pictures: 2, share: 0.4 },
      { label: 'cat', predicted: 'dog "<b>\'', pictures: 1, share: 1 / 3 },
    ]);
  });

  it('of any kind has its pictures once, right or in a pair', () => {
    fc.assert(
      fc.property(COUNTS, (counts) => {
        const all = counts.confusion.flat().reduce((sum, pictures) => sum + pictures, 0);
        const accuracies = classAccuracies(counts);
        const pairs = confusedPairs(counts);
        const total = (of: readonly { readonly pictures: number }[]): number =>
          of.reduce((sum, { pictures }) => sum + pictures, 0);
        expect(total(accuracies)).toBe(all);
        expect(accuracies.reduce((sum, { correct }) => sum + correct, 0) + total(pairs)).toBe(all);
        const shown = accuracies.flatMap(({ accuracy }) => accuracy ?? []);
        expect(shown).toEqual(shown.toSorted((a, b) => a - b));
        for (const { name, mostly } of accuracies) {
          const [worst] = pairs.filter(({ label }) => label === name);
          expect(mostly).toEqual(worst === undefined ? null : { name: worst.predicted, pictures: worst.pictures });
        }
      }),
    );
  });
});
