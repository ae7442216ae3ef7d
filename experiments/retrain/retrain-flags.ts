import { addOptionFlags, type JobFlags, jobCommand, parseJobFlags } from '../../src/command/job-flags.ts';
import { OptionsError } from '../../src/options/options-error.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { type RetrainingOptionsInput, retrainingOptionsSchema } from '../../src/retrain/options-schema.ts';
import { RETRAINING_PRESET_NAMES, type RetrainingPresetName } from '../../src/retrain/presets.ts';
import { STAND_IN } from '../cifar10/flags.ts';

/** What the command line of `experiments/retrain.ts` says. */
export interface RetrainCommandLine extends JobFlags<RetrainingPresetName> {
  /** A name, a file or text; null where a run is resumed, which has one. */
  readonly genotype: string | null;
  readonly options: Omit<RetrainingOptionsInput, 'genotype'>;
}

/**
 * Reads the command line of `experiments/retrain.ts`.
 *
 * @param argv arguments after the program's name
 * @returns null where help was asked for and has been printed
 * @throws OptionsError for an unknown option, a value that is no number where one is needed, or no genotype
 */
export function readRetrainCommandLine(argv: readonly string[]): RetrainCommandLine | null {
  const description = 'Trains the network that a genotype stands for from scratch, tests it, and leaves a run folder.';
  const command = jobCommand('retrain', description, RETRAINING_PRESET_NAMES);
  command.option(
    '--genotype <genotype>',
    'a published one’s name, text as the PyTorch repositories print it, or a file',
  );
  const { genotype: _, ...shape } = retrainingOptionsSchema.shape;
  addOptionFlags(command, shape, resolveRetrainingOptions({ genotype: STAND_IN }, 'quick'));
  const parsed = parseJobFlags<RetrainingPresetName>(command, argv);
  if (parsed === null) return null;
  const { genotype, ...options } = parsed.others as { genotype?: string } & RetrainCommandLine['options'];
  if (genotype === undefined && parsed.flags.resume === undefined) {
    throw new OptionsError('--genotype must be given: a published one’s name, text, or a file');
  }
  return { ...parsed.flags, genotype: genotype ?? null, options };
}
