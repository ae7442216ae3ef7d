import type { RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { COLLAPSE_VARIANT_NAMES, type CollapseVariantName } from './collapse-variants.ts';

/** Sizes of the experiment. All of them are here: it must not change when the presets of searches and retrainings do. */
export interface CollapsePreset {
  readonly variants: readonly CollapseVariantName[];
  readonly seeds: number;
  /** Length of the searches. */
  readonly epochs: number;
  /** Options over the paper's. */
  readonly search: SearchOptionsInput & { readonly alphaLearningRate: number };
  /** Options over the paper's, of the retraining of what was found. */
  readonly retraining: Omit<RetrainingOptionsInput, 'genotype'>;
}

/** The network and the rates of the search preset `quick`, of which no noise is measured. */
const SEARCH = {
  channels: 8,
  layers: 5,
  batch: 32,
  image: 16,
  trainSize: 6400,
  evaluationSize: 1000,
  weightsLearningRate: 0.025,
  alphaLearningRate: 0.03,
  noiseBatches: 0,
};

/** The retraining preset `quick`. */
const RETRAINING = {
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
};

export const COLLAPSE_PRESETS = {
  /** A night on two cores. */
  laptop: { variants: COLLAPSE_VARIANT_NAMES, seeds: 3, epochs: 60, search: SEARCH, retraining: RETRAINING },
  /** Less than 45 minutes on two cores. */
  quick: { variants: ['fair-darts', 'dscd'], seeds: 2, epochs: 60, search: SEARCH, retraining: RETRAINING },
  /** Runs of seconds, for tests. */
  smoke: {
    variants: ['fair-darts', 'dscd'],
    seeds: 2,
    epochs: 5,
    search: {
      channels: 4,
      layers: 3,
      nodes: 2,
      batch: 8,
      image: 8,
      trainSize: 96,
      evaluationSize: 32,
      noiseBatches: 0,
      weightsLearningRate: 0.025,
      alphaLearningRate: 0.5,
    },
    retraining: {
      channels: 4,
      layers: 3,
      batch: 8,
      image: 8,
      trainSize: 96,
      epochs: 2,
      evaluationSize: 32,
      cutout: 2,
    },
  },
} as const satisfies Record<string, CollapsePreset>;

export type CollapsePresetName = keyof typeof COLLAPSE_PRESETS;

export const COLLAPSE_PRESET_NAMES = Object.keys(COLLAPSE_PRESETS) as CollapsePresetName[];
