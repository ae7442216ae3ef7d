import type { RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import type { RetrainingPresetName } from '../../src/retrain/presets.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import type { PresetName } from '../../src/search/presets.ts';
import type { SearchVariantName } from '../many-runs/search-variants.ts';
import { SMALL_RETRAINING, SMALL_SEARCH } from '../many-runs/small-sizes.ts';

/** Sizes of Table 1. */
export interface Table1Preset {
  readonly variants: readonly SearchVariantName[];
  /** Lengths of the searches in epochs. */
  readonly lengths: readonly number[];
  /** Lengths of variants that have others. */
  readonly lengthsOf: Readonly<Partial<Record<SearchVariantName, readonly number[]>>>;
  readonly seeds: number;
  /** Number of random cells to compare with. */
  readonly random: number;
  /** Retrainings of every cell, whose mean accuracy counts. */
  readonly retrainings: number;
  readonly searchPreset: PresetName;
  /** Options over the preset. */
  readonly search: SearchOptionsInput;
  readonly retrainingPreset: RetrainingPresetName;
  readonly retraining: Omit<RetrainingOptionsInput, 'genotype'>;
}

/** At small sizes, `dscd` is close to a lottery: the variant that accepts most stands beside it. */
const SMALL = {
  variants: ['fair-darts', 'dscd', 'paired-4'],
  lengthsOf: {},
  random: 10,
  retrainings: 1,
  searchPreset: 'paper',
  search: SMALL_SEARCH,
  retrainingPreset: 'paper',
  retraining: SMALL_RETRAINING,
} as const satisfies Partial<Table1Preset>;

export const TABLE_1_PRESETS = {
  /** Settings and lengths of the paper. Its baseline is searched as long as the authors of FairDARTS did. */
  paper: {
    variants: ['fair-darts', 'dscd'],
    lengths: [50],
    lengthsOf: { 'fair-darts': [50, 75, 250, 500], dscd: [1500, 2000, 3000] },
    seeds: 3,
    random: 10,
    retrainings: 1,
    searchPreset: 'paper',
    search: {},
    retrainingPreset: 'paper',
    retraining: {},
  },
  /** Lengths at which cells collapse. */
  laptop: { ...SMALL, lengths: [15, 60, 120], seeds: 3 },
  /** A first look. */
  quick: { ...SMALL, lengths: [15, 60], seeds: 2 },
  /** Runs of seconds, for tests. */
  smoke: {
    variants: ['fair-darts', 'dscd', 'paired-4'],
    lengths: [1, 3],
    lengthsOf: {},
    seeds: 2,
    random: 3,
    retrainings: 1,
    searchPreset: 'smoke',
    search: { noiseBatches: 0 },
    retrainingPreset: 'smoke',
    retraining: { epochs: 2 },
  },
} as const satisfies Record<string, Table1Preset>;

export type Table1PresetName = keyof typeof TABLE_1_PRESETS;

export const TABLE_1_PRESET_NAMES = Object.keys(TABLE_1_PRESETS) as Table1PresetName[];
