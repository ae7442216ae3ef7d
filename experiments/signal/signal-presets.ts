import type { RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import type { RetrainingPresetName } from '../../src/retrain/presets.ts';
import { SEARCH_METHOD_NAMES, SEARCH_METHODS, type SearchMethodName } from '../../src/search/methods.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import type { PresetName } from '../../src/search/presets.ts';
import { SMALL_RETRAINING, SMALL_SEARCH } from '../many-runs/small-sizes.ts';

/** Sizes of the experiment. */
export interface SignalPreset {
  /** Number of random cells, and the seed of the first. */
  readonly cells: number;
  readonly seed: number;
  /** Retrainings of each cell, whose mean accuracy counts. */
  readonly retrainings: number;
  /** Methods that train the supernets. */
  readonly methods: readonly SignalMethodName[];
  /** Supernets of each method. */
  readonly supernets: number;
  /** Ages in epochs at which a supernet is asked, ascending. Its search is as long as the last. */
  readonly ages: readonly number[];
  /** Mini-batches of the half for alpha that a cell's loss is averaged over. */
  readonly miniBatches: number;
  readonly searchPreset: PresetName;
  /** Options over the preset. */
  readonly search: SearchOptionsInput;
  readonly retrainingPreset: RetrainingPresetName;
  readonly retraining: Omit<RetrainingOptionsInput, 'genotype'>;
}

/** Name of a method in whose space the random cells lie. */
export type SignalMethodName = Exclude<SearchMethodName, 'darts' | 'darts+dscd'>;

/** Methods in whose space the random cells lie: that of `random`, with its relaxation. */
export const SIGNAL_METHOD_NAMES = SEARCH_METHOD_NAMES.filter((name): name is SignalMethodName => {
  const { primitives, relaxation } = SEARCH_METHODS[name];
  return primitives === SEARCH_METHODS.random.primitives && relaxation === SEARCH_METHODS.random.relaxation;
});

const METHODS: readonly SignalMethodName[] = ['fair-darts', 'fair-darts+dscd', 'random'];

export const SIGNAL_PRESETS = {
  /** Under two hours on two cores, by the estimate of the program. */
  laptop: {
    cells: 30,
    seed: 100,
    retrainings: 1,
    methods: METHODS,
    supernets: 2,
    ages: [5, 15, 30, 60],
    miniBatches: 16,
    searchPreset: 'paper',
    search: SMALL_SEARCH,
    retrainingPreset: 'paper',
    retraining: SMALL_RETRAINING,
  },
  /** A first look: shorter retrainings, and one young supernet of each method. */
  quick: {
    cells: 30,
    seed: 100,
    retrainings: 1,
    methods: METHODS,
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
    methods: ['fair-darts', 'random'],
    supernets: 1,
    ages: [1, 2],
    miniBatches: 2,
    searchPreset: 'smoke',
    search: { noiseBatches: 0 },
    retrainingPreset: 'smoke',
    retraining: { epochs: 1 },
  },
} as const satisfies Record<string, SignalPreset>;

export type SignalPresetName = keyof typeof SIGNAL_PRESETS;

export const SIGNAL_PRESET_NAMES = Object.keys(SIGNAL_PRESETS) as SignalPresetName[];
