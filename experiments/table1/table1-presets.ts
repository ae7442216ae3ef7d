import type { RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import type { RetrainingPresetName } from '../../src/retrain/presets.ts';
import type { SearchMethodName } from '../../src/search/methods.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import type { PresetName } from '../../src/search/presets.ts';

/** Rule by which a proposal is accepted. */
export type Acceptance = 'window' | 'paired';

/** Sizes of Table 1. */
export interface Table1Preset {
  readonly methods: readonly SearchMethodName[];
  /** Rules of acceptance, each a row of the methods with DSCD. */
  readonly acceptance: readonly Acceptance[];
  /** Lengths of the searches in epochs, by method. */
  readonly lengths: Readonly<Record<SearchMethodName, readonly number[]>>;
  readonly seeds: number;
  readonly searchPreset: PresetName;
  /** Options over the preset. */
  readonly search: SearchOptionsInput;
  readonly retrainingPreset: RetrainingPresetName;
  readonly retraining: Omit<RetrainingOptionsInput, 'genotype'>;
}

const METHODS: readonly SearchMethodName[] = ['fair-darts', 'fair-darts+dscd', 'random'];

/** Takes the same lengths for all methods but `random`, whose cells do not depend on the length: it gets the longest. */
function sameLengths(...lengths: number[]): Table1Preset['lengths'] {
  const moving = { 'fair-darts': lengths, 'fair-darts+dscd': lengths, darts: lengths, 'darts+dscd': lengths };
  return { ...moving, random: lengths.slice(-1) };
}

export const TABLE_1_PRESETS = {
  /** Settings and lengths of the paper. Its baseline is searched as long as the authors of FairDARTS did. */
  paper: {
    methods: METHODS,
    acceptance: ['window'],
    lengths: {
      'fair-darts': [50, 75, 250, 500],
      'fair-darts+dscd': [1500, 2000, 3000],
      darts: [50],
      'darts+dscd': [50],
      random: [50],
    },
    seeds: 3,
    searchPreset: 'paper',
    search: {},
    retrainingPreset: 'paper',
    retraining: {},
  },
  /** Well under two hours on two cores. At this size `window` is close to a lottery, so `paired` stands beside it. */
  laptop: {
    methods: METHODS,
    acceptance: ['window', 'paired'],
    lengths: sameLengths(3, 6, 12),
    seeds: 3,
    // All sizes are here: the table must not change when the presets of searches and retrainings do.
    searchPreset: 'paper',
    search: {
      channels: 8,
      layers: 5,
      batch: 32,
      image: 16,
      trainSize: 6400,
      weightsLearningRate: 0.025,
      alphaLearningRate: 0.03,
    },
    retrainingPreset: 'paper',
    retraining: {
      channels: 8,
      layers: 5,
      batch: 64,
      image: 16,
      epochs: 2,
      evaluationSize: 1000,
      learningRate: 0.05,
      cutout: 0,
      dropPath: 0,
    },
  },
  /** Runs of seconds, for tests. */
  smoke: {
    methods: METHODS,
    acceptance: ['window', 'paired'],
    lengths: sameLengths(1, 3),
    seeds: 2,
    searchPreset: 'smoke',
    search: { noiseBatches: 0 },
    retrainingPreset: 'smoke',
    retraining: { epochs: 2 },
  },
} as const satisfies Record<string, Table1Preset>;

export type Table1PresetName = keyof typeof TABLE_1_PRESETS;

export const TABLE_1_PRESET_NAMES = Object.keys(TABLE_1_PRESETS) as Table1PresetName[];
