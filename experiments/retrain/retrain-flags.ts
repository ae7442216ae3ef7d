import { GENOTYPE_FORMS } from '../../src/command/find-genotype.ts';
import { addOptionFlags, type JobFlags, jobCommand, parseJobFlags } from '../../src/command/job-flags.ts';
import type { ProgramIo } from '../../src/command/program.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { type RetrainingOptionsInput, retrainingOptionsSchema } from '../../src/retrain/options-schema.ts';
import { RETRAINING_PRESET_NAMES, type RetrainingPresetName } from '../../src/retrain/presets.ts';
import { groupOfOption, STAND_IN } from '../cifar10/search-flags.ts';

/** Command line of a retraining. */
export interface RetrainCommandLine extends JobFlags<RetrainingPresetName> {
  /** Name, folder, file or text; null if a run is resumed, which has a genotype. */
  readonly genotype: string | null;
  readonly options: Omit<RetrainingOptionsInput, 'genotype'>;
}

const EXAMPLES = [
  ['--genotype DARTS_V2 --preset quick', 'train a published genotype'],
  ['--genotype runs/RUN --preset paper', 'train what a search found, at the sizes of the paper'],
] as const;

/**
 * Reads the command line of a retraining.
 *
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown option, a value that is not a number when one is needed, or a missing genotype
 */
export function readRetrainCommandLine(
  argv: readonly string[],
  io: Pick<ProgramIo, 'name' | 'stdout'>,
): RetrainCommandLine | null {
  const description = 'Trains the network of a genotype from scratch, tests it, and leaves a run folder.';
  const command = jobCommand(io, description, RETRAINING_PRESET_NAMES, EXAMPLES);
  command.option('--genotype <genotype>', GENOTYPE_FORMS);
  const { genotype: _, ...shape } = retrainingOptionsSchema.shape;
  const defaults = resolveRetrainingOptions({ genotype: STAND_IN }, 'quick');
  addOptionFlags(command, shape, defaults, (name) => groupOfOption(name, 'Training:'));
  const parsed = parseJobFlags<RetrainingPresetName>(command, argv, io);
  if (parsed === null) return null;
  const { genotype, ...options } = parsed.others as { genotype?: string } & RetrainCommandLine['options'];
  if (genotype === undefined && parsed.flags.resume === undefined) {
    throw new OptionsError(
      '--genotype must be given: the name of a published genotype, the folder of a run, a file, or text',
    );
  }
  return { ...parsed.flags, genotype: genotype ?? null, options };
}
