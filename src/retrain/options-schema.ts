import { z } from 'zod';
import {
  fraction,
  from0,
  integer,
  lastLearningRate,
  learningRate,
  positive,
  positiveInteger,
} from '../math/value-rules.ts';
import { networkOptions, runOptions } from '../options/run-options.ts';
import { genotypeSchema } from '../space/genotype.ts';

/**
 * Every option of a retraining: its rule, and one line about it. All but the genotype are optional on input; the
 * command line is made from this table.
 */
export const retrainingOptionsSchema = z.strictObject({
  genotype: genotypeSchema.describe('the cells that are trained'),
  seed: integer(0).describe('seed of everything random: same seed, same result'),

  epochs: positiveInteger.describe('passes over the training pictures'),
  ...networkOptions,
  trainSize: integer(2).describe('training pictures used'),
  evaluationSize: integer(0).describe(
    'test pictures measured after each epoch, 0 means all; the last measurement takes all',
  ),

  learningRate: learningRate.describe('learning rate of SGD at the start'),
  learningRateEnd: lastLearningRate.describe('learning rate of SGD at the end of its cosine'),
  momentum: fraction.describe('momentum of SGD'),
  weightDecay: from0.describe('weight decay of SGD'),
  clipNorm: positive.describe('largest norm of the gradient'),

  auxiliaryWeight: from0.describe('weight of the auxiliary head’s loss; 0 leaves the head out'),
  cutout: integer(0).describe('side of the square that is erased from each picture, in pixels; 0 erases none'),
  dropPath: fraction.describe('chance that drop-path leaves an operation out, at the end of its linear rise'),

  ...runOptions,
});

/** A retraining's options, resolved. Written whole into the run's record. */
export type RetrainingOptions = z.output<typeof retrainingOptionsSchema>;

type Input = z.input<typeof retrainingOptionsSchema>;

/** Options as a caller gives them. */
export type RetrainingOptionsInput = Pick<Input, 'genotype'> & Partial<Input>;
