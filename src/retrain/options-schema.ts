import { z } from 'zod';
import { networkOptions, runOptions } from '../options/run-options.ts';
import { genotypeSchema } from '../space/genotype-schema.ts';

const count = z.number().int().min(1);
const counted = z.number().int().min(0);
const positive = z.number().positive();
const atLeastZero = z.number().min(0);
const fraction = atLeastZero.lt(1);

/**
 * Every option of a retraining: its rule, and one line about it. All but the genotype are optional on input; the
 * command line is made from this table.
 */
export const retrainingOptionsSchema = z.strictObject({
  genotype: genotypeSchema.describe('the cells that are trained'),
  seed: counted.describe('seed of everything random: same seed, same result'),

  epochs: count.describe('passes over the training pictures'),
  ...networkOptions,
  trainSize: count.min(2).describe('training pictures used'),
  evaluationSize: counted.describe('test pictures measured after each epoch, 0 means all; the last accuracy is of all'),

  learningRate: positive.describe('learning rate of SGD at the start'),
  learningRateEnd: atLeastZero.describe('and at the end of its cosine'),
  momentum: fraction.describe('momentum of SGD'),
  weightDecay: atLeastZero.describe('weight decay'),
  clipNorm: positive.describe('largest norm of the gradient'),

  auxiliaryWeight: atLeastZero.describe('weight of the auxiliary head’s loss; 0 leaves the head out'),
  cutout: counted.describe('side of the square erased out of each picture, in pixels; 0 erases none'),
  dropPath: fraction.describe('chance that drop-path leaves an operation out, at the end of its linear rise'),

  ...runOptions,
});

/** A retraining's options, resolved. Written whole into the run's record. */
export type RetrainingOptions = z.output<typeof retrainingOptionsSchema>;

type Input = z.input<typeof retrainingOptionsSchema>;

/** Options as a caller gives them. */
export type RetrainingOptionsInput = Pick<Input, 'genotype'> & Partial<Input>;
