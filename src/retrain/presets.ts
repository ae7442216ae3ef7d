import type { RetrainingOptionsInput } from './options-schema.ts';

/**
 * Sizes of a retraining. An option that a preset leaves out keeps the papers' setting; `paper` leaves out every option.
 * `quick` and `laptop` are sized for the CPU engine on two cores. Because they are short, they regularize less.
 */
export const RETRAINING_PRESETS = {
  paper: {},
  laptop: {
    channels: 16,
    layers: 8,
    batch: 64,
    image: 16,
    epochs: 20,
    evaluationSize: 2000,
    cutout: 4,
    dropPath: 0.1,
  },
  quick: {
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
  },
  smoke: {
    channels: 4,
    layers: 3,
    batch: 8,
    image: 8,
    trainSize: 96,
    epochs: 3,
    evaluationSize: 32,
    cutout: 2,
  },
} as const satisfies Record<string, Omit<RetrainingOptionsInput, 'genotype'>>;

export type RetrainingPresetName = keyof typeof RETRAINING_PRESETS;
export const RETRAINING_PRESET_NAMES = Object.keys(RETRAINING_PRESETS) as RetrainingPresetName[];
