import type { RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import type { RetrainingPresetName } from '../../src/retrain/presets.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import type { PresetName } from '../../src/search/presets.ts';
import { SEARCH_VARIANT_NAMES, type SearchVariantName } from '../many-runs/search-variants.ts';
import { SMALL_RETRAINING, SMALL_SEARCH } from '../many-runs/small-sizes.ts';

/** Sizes of the experiment. */
export interface SignalPreset {
  /** Number of random cells, and the seed of the first. */
  readonly cells: number;
  readonly seed: number;
  /** Retrainings of each cell, whose mean accuracy counts. */
  readonly retrainings: number;
  /** Variants of the search that train the supernets. */
  readonly variants: readonly SearchVariantName[];
  /** Supernets of each variant. */
  readonly supernets: number;
  /** Ages in epochs at which a supernet is asked, ascending. Its search is as long as the last. */
  readonly ages: readonly number[];
  /** Mini-batches of the half for alpha that a cell's loss is averaged over. */
  readonly miniBatches: number;
  readonly searchPreset: PresetName;
  /** Options over the preset. */
  readonly search: SearchOptionsInput & { readonly alphaLearningRate: number };
  readonly retrainingPreset: RetrainingPresetName;
  readonly retraining: Omit<RetrainingOptionsInput, 'genotype'>;
}

/** Variants in whose space the random cells lie. */
export const SIGNAL_VARIANT_NAMES = SEARCH_VARIANT_NAMES.filter((name) => !name.startsWith('darts'));

/** The last trains w apart from alpha. */
const VARIANTS: readonly SearchVariantName[] = ['fair-darts', 'short', 'short-cells'];

export const SIGNAL_PRESETS = {
  /** Under two hours on two cores, by the estimate of the program. */
  laptop: {
    cells: 30,
    seed: 100,
    retrainings: 1,
    variants: VARIANTS,
    supernets: 2,
    ages: [5, 15, 30, 60],
    miniBatches: 16,
    searchPreset: 'paper',
    search: SMALL_SEARCH,
    retrainingPreset: 'paper',
    retraining: SMALL_RETRAINING,
  },
  /** A first look: shorter retrainings, and one young supernet of each variant. */
  quick: {
    cells: 30,
    seed: 100,
    retrainings: 1,
    variants: VARIANTS,
    supernets: 1,
    ages: [5, 15],
    miniBatches: 16,
    searchPreset: 'paper',
    search: SMALL_SEARCH,
    retrainingPreset: 'paper',
    retraining: { ...SMALL_RETRAINING, channels: 8, epochs: 3 },
  },
  /** Runs of seconds, for tests. */
  smoke: {
    cells: 4,
    seed: 100,
    retrainings: 1,
    variants: ['fair-darts', 'short-cells'],
    supernets: 1,
    ages: [1, 2],
    miniBatches: 2,
    searchPreset: 'smoke',
    search: { noiseBatches: 0, alphaLearningRate: 0.1 },
    retrainingPreset: 'smoke',
    retraining: { epochs: 1 },
  },
} as const satisfies Record<string, SignalPreset>;

export type SignalPresetName = keyof typeof SIGNAL_PRESETS;

export const SIGNAL_PRESET_NAMES = Object.keys(SIGNAL_PRESETS) as SignalPresetName[];
