import type { RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';

/*
 * Sizes that two cores search and retrain in minutes, over the paper's. Experiments share them, so that what they find
 * can be compared. All options are here: experiments must not change when the presets of searches and retrainings do.
 */

/** The network and the rates of the search preset `quick`, of which no noise is measured. */
export const SMALL_SEARCH = {
  channels: 8,
  layers: 5,
  batch: 32,
  image: 16,
  trainSize: 6400,
  evaluationSize: 1000,
  weightsLearningRate: 0.025,
  alphaLearningRate: 0.03,
  noiseBatches: 0,
} as const satisfies SearchOptionsInput;

/** The retraining preset `quick`: long enough to tell cells apart. */
export const SMALL_RETRAINING = {
  channels: 12,
  layers: 5,
  batch: 64,
  image: 16,
  trainSize: 25_600,
  epochs: 8,
  evaluationSize: 1000,
  learningRate: 0.05,
  cutout: 0,
  dropPath: 0.05,
} as const satisfies Omit<RetrainingOptionsInput, 'genotype'>;
