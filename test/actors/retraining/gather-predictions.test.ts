import fc from 'fast-check';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { gatherPredictions, type LabeledPictures } from '../../../actors/retraining/gather-predictions.ts';
import { predictionsSchema } from '../../../src/record/prediction-file.ts';

/** Pictures of a side and so many channels, of which each pixel tells the picture, and its place. */
function pictures(classes: number, labels: readonly number[], side = 2, channels: 1 | 3 = 1): LabeledPictures {
  const names = Array.from({ length: classes }, (_, i) => `class ${i}`);
  const size = side * side * channels;
  const pixels = (index: number) => Uint8Array.from({ length: size }, (_, i) => (index + i) % 256);
  return { classes: names, side, channels, labels, pixels };
}

function decoded(png: string) {
  return decode(Buffer.from(png.replace('data:image/png;base64,', ''), 'base64'));
}

/** Numbers of classes, and the label, prediction and probability of each picture. */
const SETS = fc.integer({ min: 2, max: 6 }).chain((classes) => {
  const number = fc.nat(classes - 1);
  const picture = fc.tuple(number, number, fc.constantFrom(0, 0.25, 0.5, 1));
  return fc.record({ classes: fc.constant(classes), all: fc.array(picture, { minLength: 1, maxLength: 80 }) });
});

describe('the predictions of a network', () => {
  it('are all counted by label and prediction, and the likeliest mistakes kept, for any set', () => {
    fc.assert(
      fc.property(SETS, ({ classes, all }) => {
        const labels = all.map(([label]) => label);
        const predicted = all.map(([, prediction]) => prediction);
        const probabilities = Float64Array.from(all, ([, , probability]) => probability);
        const given = pictures(classes, labels);
        const gathered = gatherPredictions({ classes: Uint16Array.from(predicted), probabilities }, given);
        expect(predictionsSchema.parse(JSON.parse(JSON.stringify(gathered)))).toEqual(gathered);
        const { confusion, mistakes } = gathered;
        for (const [label, row] of confusion.entries()) {
          for (const [prediction, count] of row.entries()) {
            expect(count).toBe(all.filter(([a, b]) => a === label && b === prediction).length);
          }
        }
        const wrong = all.flatMap(([label, prediction, probability], index) =>
          label === prediction ? [] : [{ index, label, predicted: prediction, probability }],
        );
        expect(mistakes).toHaveLength(Math.min(24, wrong.length));
        const order = wrong.toSorted((a, b) => b.probability - a.probability || a.index - b.index);
        expect(mistakes).toEqual(order.slice(0, 24).map((mistake) => expect.objectContaining(mistake)));
        for (const { index, png } of mistakes) expect(decoded(png).data).toEqual(given.pixels(index));
      }),
    );
  });

  it('keep pictures in color, and average large ones to at most 64 pixels', () => {
    const predictions = { classes: Uint16Array.of(1), probabilities: Float64Array.of(0.5) };
    const png = (side: number, channels: 1 | 3) =>
      decoded(gatherPredictions(predictions, pictures(2, [0], side, channels)).mistakes[0]?.png ?? '');
    expect(png(32, 3)).toMatchObject({ width: 32, height: 32, channels: 3 });
    expect(png(129, 3)).toMatchObject({ width: 43, height: 43, channels: 3 });
    const halved = png(66, 1);
    expect(halved).toMatchObject({ width: 33, height: 33, channels: 1 });
    expect(halved.data[0]).toBe(Math.round((0 + 1 + 66 + 67) / 4));
    expect(halved.data[33]).toBe(Math.round((132 + 133 + 198 + 199) / 4)); // the next row of boxes
  });
});

describe('a file of predictions', () => {
  const whole = gatherPredictions(
    { classes: Uint16Array.of(1), probabilities: Float64Array.of(0.5) },
    pictures(2, [0]),
  );
  const [mistake] = whole.mistakes;

  it.each([
    ['a picture that is a script', { mistakes: [{ ...mistake, png: 'data:text/html;base64,AAAA' }] }],
    ['a picture that leaves its quotes', { mistakes: [{ ...mistake, png: `${mistake?.png}" onload="alert(1)` }] }],
    ['a class without a name', { mistakes: [{ ...mistake, predicted: 2 }] }],
    ['a row too few', { confusion: [[0, 1]] }],
    ['a column too many', { confusion: [[0, 1, 0], whole.confusion[1]] }],
  ])('with %s is refused', (_, change) => {
    expect(predictionsSchema.safeParse(whole).success).toBe(true);
    expect(predictionsSchema.safeParse({ ...whole, ...change }).success).toBe(false);
  });
});
