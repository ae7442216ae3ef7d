import type { SearchOptionsInput } from './options-schema.ts';

/**
 * What short searches need to end in cells that one would keep; `experiments/README.md` has the measurements. The paper's rule
 * accepts almost nothing in so few steps, and keeps one to three operations of a normal cell. `paired` with four proposals
 * fills all nodes. A zero-one loss at its whole weight from the start drives operations to 0 or 1 before w says which: it
 * rises over the search.
 */
const SHORT_SEARCH = { acceptance: 'paired', proposals: 4, zeroOneRise: 1 } as const satisfies SearchOptionsInput;

/**
 * Sizes of a search. An option that a preset leaves out keeps the method's own setting, or the paper's; `paper` leaves out
 * every option. `quick` and `laptop` are sized for the CPU engine on two cores. Because they are short, they have larger
 * learning rates, so that alphas can still reach the threshold.
 */
export const PRESETS = {
  paper: {},
  laptop: {
    ...SHORT_SEARCH,
    channels: 16,
    layers: 8,
    batch: 64,
    image: 16,
    trainSize: 25_600,
    epochs: 10,
    evaluationSize: 2000,
    weightsLearningRate: 0.025,
    alphaLearningRate: 0.03,
  },
  quick: {
    ...SHORT_SEARCH,
    channels: 8,
    layers: 5,
    batch: 32,
    image: 16,
    trainSize: 6400,
    epochs: 15,
    evaluationSize: 1000,
    weightsLearningRate: 0.025,
    alphaLearningRate: 0.03,
  },
  smoke: {
    channels: 4,
    layers: 3,
    nodes: 2,
    batch: 8,
    image: 8,
    trainSize: 96,
    epochs: 3,
    minSteps: 2,
    window: 20,
    evaluationSize: 32,
    noiseBatches: 2,
    weightsLearningRate: 0.025,
    alphaLearningRate: 0.1,
  },
} as const satisfies Record<string, SearchOptionsInput>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];
