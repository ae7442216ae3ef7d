import type { Dataset } from '../data/dataset.ts';
import { writeValue } from '../math/value-rules.ts';
import { buildRetrainedNetwork } from '../network/retrained-network.ts';
import { fitSizes } from '../options/fit-sizes.ts';
import { LATER_DATA_OPTIONS } from '../options/later-options.ts';
import { OptionsError, parseOptions, parseRecordedOptions } from '../options/parse-options.ts';
import { checkRunOptions, RUN_DEFAULTS } from '../options/run-options.ts';
import { type RetrainingOptions, type RetrainingOptionsInput, retrainingOptionsSchema } from './options-schema.ts';
import { RETRAINING_PRESET_NAMES, RETRAINING_PRESETS, type RetrainingPresetName } from './presets.ts';
import { networkOf } from './setup.ts';

/** The papers' settings (DARTS, FairDARTS: evaluation on CIFAR-10). */
const DEFAULTS = {
  seed: 0,
  epochs: 600,
  channels: 36,
  layers: 20,
  stemMultiplier: 3,
  batch: 96,
  image: 32,
  trainSize: 50_000,
  evaluationSize: 0,
  learningRate: 0.025,
  learningRateEnd: 0,
  momentum: 0.9,
  weightDecay: 3e-4,
  clipNorm: 5,
  dropPath: 0.2,
  balance: LATER_DATA_OPTIONS.balance,
  ...RUN_DEFAULTS,
} as const satisfies Omit<RetrainingOptionsInput, 'genotype'>;

/** Weight of the auxiliary head's loss in the papers, and the only size of pictures at which the head fits. */
const AUXILIARY = { weight: 0.4, image: 32 } as const;

/**
 * Resolves a retraining's options: the given ones, over the preset, over the papers' settings. By default, only
 * pictures of 32x32 have an auxiliary head (it reads 8x8), and cutout's side is half that of the pictures. What follows
 * from the data set stays open unless it is given; `bindToData` fills it in when the run begins.
 *
 * @param input options as given; unknown names are refused
 * @param preset sizes to start from. @default 'quick'
 * @param data the data set, to which the preset's sizes are fitted if it has fewer pictures (`fitSizes`). @default any
 * @throws OptionsError with the rule that is broken and the value that breaks it: of a number, of the genotype (a cell
 *   that passes nothing on), or between options
 */
export function resolveRetrainingOptions(
  input: RetrainingOptionsInput,
  preset: RetrainingPresetName = 'quick',
  data?: Dataset,
): RetrainingOptions {
  if (!RETRAINING_PRESET_NAMES.includes(preset)) {
    const names = RETRAINING_PRESET_NAMES.join(', ');
    throw new OptionsError(`preset must be one of ${names}, got ${writeValue(preset)}`);
  }
  const given = parseOptions(retrainingOptionsSchema.partial().required({ genotype: true }), input);
  const preferred = { ...DEFAULTS, ...RETRAINING_PRESETS[preset], ...given };
  const sized = data === undefined ? preferred : { ...preferred, ...fitSizes(preferred, given, data.train.count) };
  const options: RetrainingOptions = {
    auxiliaryWeight: sized.image === AUXILIARY.image ? AUXILIARY.weight : 0,
    cutout: Math.floor(sized.image / 2),
    ...sized,
  };
  checkTogether(options, given);
  return options;
}

/**
 * Reads the options in a run's record. They are complete but for those that older records lack, and checked again
 * because a record can be edited.
 *
 * @throws OptionsError if they are not what `resolveRetrainingOptions` gives
 */
export function readRecordedRetrainingOptions(recorded: unknown): RetrainingOptions {
  const complete =
    typeof recorded === 'object' && recorded !== null ? { ...LATER_DATA_OPTIONS, ...recorded } : recorded;
  return parseRecordedOptions(retrainingOptionsSchema, complete, (options) => checkTogether(options, {}));
}

/** Checks the rules that span options. */
function checkTogether(options: RetrainingOptions, given: object): void {
  const { auxiliaryWeight, batch, cutout, image, trainSize } = options;
  const refuse = (rule: string): never => {
    throw new OptionsError(rule);
  };
  checkRunOptions(options, given);
  if (auxiliaryWeight > 0 && image !== AUXILIARY.image) {
    refuse(
      `auxiliaryWeight must be 0 unless pictures are 32x32 (the auxiliary head reads 8x8), got ${auxiliaryWeight} at ${image}`,
    );
  }
  if (cutout > image) refuse(`cutout must be at most the pictures’ ${image} pixels, got ${cutout}`);
  if (trainSize < batch) refuse(`trainSize must hold a mini-batch of ${batch} pictures, got ${trainSize}`);
  try {
    buildRetrainedNetwork(networkOf(options));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OptionsError(error.message, { cause: error });
  }
}
