import { z } from 'zod';
import { networkOptions, runOptions } from '../options/run-options.ts';
import { MAX_NODES } from '../space/alpha.ts';
import { SEARCH_METHOD_NAMES, type SearchMethodName } from './methods.ts';

const count = z.number().int().min(1);
const counted = z.number().int().min(0);
const positive = z.number().positive();
const fraction = z.number().min(0).lt(1);

const METHOD = SEARCH_METHOD_NAMES as [SearchMethodName, ...SearchMethodName[]];

/**
 * Every option of a search: its rule, and one line about it. All are optional on input; the command line is made
 * from this table.
 */
export const searchOptionsSchema = z.strictObject({
  method: z.enum(METHOD).describe('search method'),
  seed: counted.describe('seed of everything random: same seed, same result'),

  epochs: count.describe('passes over the training half, which are also the annealing’s length'),
  ...networkOptions,
  nodes: count.max(MAX_NODES).describe('intermediate nodes of a cell'),
  trainSize: count.min(2).describe('training pictures used, half for the weights and half for alpha'),
  evaluationSize: counted.describe('pictures of each split that accuracies are measured on; 0 means all'),

  weightsLearningRate: positive.describe('learning rate of SGD on w at the start'),
  weightsLearningRateEnd: z.number().min(0).describe('and at the end of its cosine'),
  momentum: fraction.describe('momentum of SGD on w'),
  weightsDecay: z.number().min(0).describe('weight decay on w'),
  clipNorm: positive.describe('largest norm of the gradient of w'),

  alphaLearningRate: positive.describe('learning rate of Adam on alpha'),
  alphaBeta1: fraction.describe('decay of Adam’s mean of gradients'),
  alphaBeta2: fraction.describe('decay of Adam’s mean of squared gradients'),
  alphaDecay: z.number().min(0).describe('weight decay on alpha'),
  zeroOneWeight: z.number().min(0).describe('weight of FairDARTS’s zero-one loss; 0 leaves it out'),
  threshold: z.number().gt(0).lt(1).nullable().describe('mixing weight an operation must reach to be kept'),

  mode: z.enum(['alternating', 'joint']).describe('alternate local and global steps, or do both at once'),
  minSteps: count.describe('N: least number of consecutive steps of one kind'),
  switch: z.enum(['stalled', 'count']).describe('after N steps, change kind when the loss stalls, or at once'),
  window: count.describe('K: steps of the acceptance window'),
  acceptance: z
    .enum(['window', 'paired'])
    .describe('compare a proposal with the best of the window, or with the current alpha on the same mini-batch'),
  onReject: z.enum(['return', 'stay']).describe('after a rejected step: back to the best of the window, or stay'),
  margin: z.number().min(0).describe('paired: standard deviations by which a proposal must win'),
  proposals: count.describe('P: proposals of a global step'),
  selection: z.enum(['best', 'first']).describe('which of the P to consider: the best, or the first that wins'),
  domain: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high)
    .describe('where proposals are drawn from, LOW,HIGH'),

  noiseBatches: counted.describe('mini-batches on which the two noises are measured after each epoch; 0 turns it off'),

  ...runOptions,
});

/** A search's options, resolved. Written whole into the run's record. */
export type SearchOptions = z.output<typeof searchOptionsSchema>;

/** Options as a caller gives them. */
export type SearchOptionsInput = Partial<z.input<typeof searchOptionsSchema>>;
