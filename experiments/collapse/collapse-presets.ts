import type { RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { SEARCH_VARIANT_NAMES, type SearchVariantName } from '../many-runs/search-variants.ts';
import { SMALL_RETRAINING, SMALL_SEARCH } from '../many-runs/small-sizes.ts';

/** Sizes of the experiment. */
export interface CollapsePreset {
  readonly variants: readonly SearchVariantName[];
  readonly seeds: number;
  /** Length of the searches. */
  readonly epochs: number;
  /** Options over the paper's. */
  readonly search: SearchOptionsInput & { readonly alphaLearningRate: number };
  /** Options over the paper's, of the retraining of what was found. */
  readonly retraining: Omit<RetrainingOptionsInput, 'genotype'>;
}

/** Variants whose collapse can be watched: the softmax of DARTS keeps the mean of its mixing weights. */
export const COLLAPSE_VARIANT_NAMES = SEARCH_VARIANT_NAMES.filter((name) => {
  return name !== 'darts' && name !== 'darts-dscd';
});

/** The paper's two methods, other acceptance rules, and the controls: not what only short searches are given. */
const CONTROLS = COLLAPSE_VARIANT_NAMES.filter((name) => !name.startsWith('short'));

const SMALL = { search: SMALL_SEARCH, retraining: SMALL_RETRAINING };

export const COLLAPSE_PRESETS = {
  /** A night on two cores: it estimates five hours and a half. */
  laptop: { variants: CONTROLS, seeds: 3, epochs: 100, ...SMALL },
  /** It estimates half an hour on two cores. */
  quick: { variants: ['fair-darts', 'dscd'], seeds: 2, epochs: 60, ...SMALL },
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
