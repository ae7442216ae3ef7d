import { Option } from 'commander';
import { addOptionFlags, type JobFlags, jobCommand, parseJobFlags } from '../../src/command/job-flags.ts';
import { OptionsError } from '../../src/options/options-error.ts';
import { runOptions } from '../../src/options/run-options.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { type RetrainingOptionsInput, retrainingOptionsSchema } from '../../src/retrain/options-schema.ts';
import { RETRAINING_PRESET_NAMES, type RetrainingPresetName } from '../../src/retrain/presets.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import { type SearchOptionsInput, searchOptionsSchema } from '../../src/search/options-schema.ts';
import { PRESET_NAMES, type PresetName } from '../../src/search/presets.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';

/** What the command line of `experiments/cifar10.ts` says. */
export interface CommandLine extends JobFlags<PresetName> {
  readonly options: SearchOptionsInput;
  /** How what is found is retrained; null where it is not. */
  readonly retrain: RetrainFlags | null;
}

export interface RetrainFlags {
  readonly preset: RetrainingPresetName;
  readonly options: Omit<RetrainingOptionsInput, 'genotype'>;
}

/** What the options of a retraining are shown and checked with before there is a genotype. */
export const STAND_IN = publishedGenotype('DARTS_V2');

/** Options of a retraining that follows a search which are its own; it shares the others with the search. */
const { genotype, seed, ...ownShape } = retrainingOptionsSchema.shape;
const RETRAIN_SHAPE = Object.fromEntries(Object.entries(ownShape).filter(([name]) => !Object.hasOwn(runOptions, name)));

/** Flags of a retraining's own options begin with it. */
const PREFIX = 'retrain';

/**
 * Reads the command line of `experiments/cifar10.ts`. The options of search and retraining, with their rules and
 * defaults, come from their schemas.
 *
 * @param argv arguments after the program's name
 * @returns null where help was asked for and has been printed
 * @throws OptionsError for an unknown option, a value that is no number where one is needed, or a contradiction
 */
export function readCommandLine(argv: readonly string[]): CommandLine | null {
  const command = jobCommand(
    'cifar10',
    'Searches convolutional cells on CIFAR-10 and leaves a run folder.',
    PRESET_NAMES,
  );
  addOptionFlags(command, searchOptionsSchema.shape, resolveSearchOptions({}, 'quick'));
  const retrain = `then train what was found from scratch, at this preset’s sizes (default: the search’s preset)`;
  command.addOption(new Option(`--${PREFIX} [preset]`, retrain).choices(RETRAINING_PRESET_NAMES));
  addOptionFlags(command, RETRAIN_SHAPE, resolveRetrainingOptions({ genotype: STAND_IN }, 'quick'), PREFIX);
  const parsed = parseJobFlags<PresetName>(command, argv);
  if (parsed === null) return null;
  const { flags, others } = parsed;
  const { options, retraining } = sort(others);
  return { ...flags, options, retrain: readRetrain(others[PREFIX], flags.preset, retraining) };
}

/** Options of the search, and of the retraining under their own names. */
function sort(others: Readonly<Record<string, unknown>>): {
  options: SearchOptionsInput;
  retraining: RetrainFlags['options'];
} {
  const options: Record<string, unknown> = {};
  const retraining: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(others)) {
    const own = name.slice(PREFIX.length);
    if (name === PREFIX) continue;
    else if (name.startsWith(PREFIX)) retraining[own.charAt(0).toLowerCase() + own.slice(1)] = value;
    else options[name] = value;
  }
  return { options, retraining };
}

/** @param asked value of `--retrain`: a preset's name; true where none is said; undefined where it is not given */
function readRetrain(asked: unknown, preset: PresetName, options: RetrainFlags['options']): RetrainFlags | null {
  if (asked !== undefined) return { preset: asked === true ? preset : (asked as RetrainingPresetName), options };
  const idle = Object.keys(options);
  if (idle.length === 0) return null;
  throw new OptionsError(`${idle.join(', ')} of the retraining: without effect unless --${PREFIX} is given`);
}
