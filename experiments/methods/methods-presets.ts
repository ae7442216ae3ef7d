import type { RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import type { RetrainingPresetName } from '../../src/retrain/presets.ts';
import type { SearchMethodName } from '../../src/search/methods.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import type { PresetName } from '../../src/search/presets.ts';
import type { SpaceName } from '../../src/space/spaces.ts';
import { SMALL_RETRAINING, SMALL_SEARCH } from '../many-runs/small-sizes.ts';

/** Sizes of the table of methods. */
export interface MethodsPreset {
  readonly spaces: readonly SpaceName[];
  /** Methods that search; random cells stand beside them. */
  readonly methods: readonly SearchMethodName[];
  /** Length of the searches. */
  readonly epochs: number;
  readonly seeds: number;
  /** Number of random cells of each space. */
  readonly random: number;
  readonly searchPreset: PresetName;
  /** Options over the preset. */
  readonly search: SearchOptionsInput;
  readonly retrainingPreset: RetrainingPresetName;
  readonly retraining: Omit<RetrainingOptionsInput, 'genotype'>;
}

/** The spaces in which DARTS fails, and methods that were made against that. */
const SMALL = {
  spaces: ['s1', 's2', 's3', 's4'],
  methods: ['darts', 'darts+dscd', 'darts-2nd', 'sdarts-rs', 'darts-', 'fair-darts', 'fair-darts+dscd'],
  searchPreset: 'paper',
  search: SMALL_SEARCH,
  retrainingPreset: 'paper',
  retraining: SMALL_RETRAINING,
} as const satisfies Partial<MethodsPreset>;

export const METHODS_PRESETS = {
  /** Searches long enough for skip connections to win. */
  laptop: { ...SMALL, epochs: 50, seeds: 3, random: 10 },
  /** A first look: searches as long as those of the search preset `quick`. */
  quick: { ...SMALL, epochs: 15, seeds: 3, random: 5 },
  /** Runs of seconds, for tests. S1 has cells of four nodes. */
  smoke: {
    ...SMALL,
    epochs: 2,
    seeds: 1,
    random: 1,
    searchPreset: 'smoke',
    search: { nodes: 4, noiseBatches: 0 },
    retrainingPreset: 'smoke',
    retraining: { epochs: 2 },
  },
} as const satisfies Record<string, MethodsPreset>;

export type MethodsPresetName = keyof typeof METHODS_PRESETS;

export const METHODS_PRESET_NAMES = Object.keys(METHODS_PRESETS) as MethodsPresetName[];
