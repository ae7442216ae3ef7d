import { z } from 'zod';

/*
 * `predictions.json`: what a retrained network takes the test pictures for. A retraining writes it at its end, before
 * `result.json`.
 */

const count = z.number().int().min(0);

/** A test picture that the network takes for another class. */
const mistake = z.object({
  /** Place of the picture in the test set, from 0. */
  index: count,
  /** Numbers of its class, and of the class it is taken for. */
  label: count,
  predicted: count,
  /** Probability that the network gives to its prediction. */
  probability: z.number().min(0).max(1),
  /** The picture as the data of a PNG file. The pattern keeps anything else out of a page. */
  png: z.string().regex(/^data:image\/png;base64,[A-Za-z0-9+/]+={0,2}$/),
});

/** Contents of `predictions.json`. */
export const predictionsSchema = z
  .object({
    /** Names of the classes, in the order of the logits. */
    classes: z.array(z.string()).min(1),
    /** Number of test pictures. */
    pictures: count,
    /** `[classes, classes]` number of pictures by their label (row) and by the prediction (column) */
    confusion: z.array(z.array(count)),
    /** The mistakes with the greatest probability, the greatest first. */
    mistakes: z.array(mistake),
  })
  .refine(
    ({ classes, confusion, mistakes }) =>
      confusion.length === classes.length &&
      confusion.every((row) => row.length === classes.length) &&
      mistakes.every(({ label, predicted }) => Math.max(label, predicted) < classes.length),
    { error: 'must have a row, a column and a name for every class' },
  );

export type RunPredictions = Readonly<z.output<typeof predictionsSchema>>;
export type Mistake = RunPredictions['mistakes'][number];
