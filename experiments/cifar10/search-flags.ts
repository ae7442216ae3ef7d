import { type Command, Option } from 'commander';
import { addOptionFlags, type JobFlags, jobCommand, parseJobFlags, RUN_GROUP } from '../../src/command/job-flags.ts';
import type { ProgramIo } from '../../src/command/program.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import { networkOptions, runOptions } from '../../src/options/run-options.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { type RetrainingOptionsInput, retrainingOptionsSchema } from '../../src/retrain/options-schema.ts';
import { RETRAINING_PRESET_NAMES, type RetrainingPresetName } from '../../src/retrain/presets.ts';
import { refuseDrawnDscd } from '../../src/search/methods.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import { type SearchOptionsInput, searchOptionsSchema } from '../../src/search/options-schema.ts';
import { PRESET_NAMES, type PresetName } from '../../src/search/presets.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';

/** Command line of a search. */
export interface SearchCommandLine extends JobFlags<PresetName> {
  readonly options: SearchOptionsInput;
  /** Retraining that follows; null if there is none. */
  readonly retrain: RetrainFlags | null;
}

export interface RetrainFlags {
  readonly preset: RetrainingPresetName;
  readonly options: Omit<RetrainingOptionsInput, 'genotype'>;
}

/** Genotype that stands in for the one to be found when the options of a retraining are shown and checked. */
export const STAND_IN = publishedGenotype('DARTS_V2');

/** Options that a retraining has of its own; it shares the others, and the data, with the search that it follows. */
const { genotype, seed, pictureChannels, classes, ...ownShape } = retrainingOptionsSchema.shape;
const RETRAIN_SHAPE = Object.fromEntries(Object.entries(ownShape).filter(([name]) => !Object.hasOwn(runOptions, name)));

/** Beginning of the flags of a retraining's own options. */
const PREFIX = 'retrain';

const SIZES: ReadonlySet<string> = new Set([...Object.keys(networkOptions), 'epochs', 'nodes', 'trainSize']);
const DSCD: ReadonlySet<string> = new Set([
  ...['mode', 'minSteps', 'switch', 'window', 'acceptance', 'onReject', 'margin', 'proposals', 'selection', 'domain'],
  ...['discreteFrom', 'proposalBatches', 'noiseBatches'],
]);
const RUN: ReadonlySet<string> = new Set(['seed', 'evaluationSize', 'checkpointSeconds']);

/**
 * Heading that the help text shows an option under.
 *
 * @param other heading of the options that belong to the method
 */
export function groupOfOption(name: string, other: string): string {
  if (RUN.has(name)) return RUN_GROUP;
  if (SIZES.has(name)) return 'Sizes:';
  if (DSCD.has(name)) return 'DSCD:';
  return Object.hasOwn(runOptions, name) ? 'Engine:' : other;
}

const EXAMPLES = [
  ['--preset quick --retrain', 'search at a small size, then train what was found'],
  [
    '--method fair-darts+dscd --proposals 4 --out runs/four',
    'search with four proposals a step, in a folder of its own',
  ],
] as const;

/**
 * Reads the command line of a search. The options of search and retraining, with their rules and defaults, come from
 * their schemas.
 *
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown option, a value that is not a number when one is needed, or a contradiction
 */
export function readSearchCommandLine(
  argv: readonly string[],
  io: Pick<ProgramIo, 'name' | 'stdout'>,
): SearchCommandLine | null {
  const description = 'Searches convolutional cells on CIFAR-10 or on pictures of your own, and leaves a run folder.';
  const command = jobCommand(io, description, PRESET_NAMES, EXAMPLES);
  const defaults = resolveSearchOptions({}, 'quick');
  addOptionFlags(command, searchOptionsSchema.shape, defaults, (name) => groupOfOption(name, 'Method:'));
  explainDrawnDscd(command);
  const retrain = 'then train what was found from scratch, at the sizes of this preset (default: that of the search)';
  const group = 'Retraining:';
  command.addOption(new Option(`--${PREFIX} [preset]`, retrain).choices(RETRAINING_PRESET_NAMES).helpGroup(group));
  const retrainDefaults = resolveRetrainingOptions({ genotype: STAND_IN }, 'quick');
  addOptionFlags(command, RETRAIN_SHAPE, retrainDefaults, () => group, PREFIX);
  const parsed = parseJobFlags<PresetName>(command, argv, io);
  if (parsed === null) return null;
  const { flags, others } = parsed;
  const { options, retraining } = sort(others);
  return { ...flags, options, retrain: readRetrain(others[PREFIX], flags.preset, retraining) };
}

/** Has the name of a method that cannot have DSCD refused with the reason, before names that are not known are. */
function explainDrawnDscd(command: Command): void {
  const method = command.options.find(({ long }) => long === '--method');
  const choose = method?.parseArg;
  method?.argParser((name: string, previous: unknown) => {
    refuseDrawnDscd(name);
    return choose?.(name, previous);
  });
}

/** Sorts options into those of the search, and those of the retraining, which get back their own names. */
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

/** @param asked value of `--retrain`: the name of a preset; true if none is named; undefined if the flag is missing */
function readRetrain(asked: unknown, preset: PresetName, options: RetrainFlags['options']): RetrainFlags | null {
  if (asked !== undefined) return { preset: asked === true ? preset : (asked as RetrainingPresetName), options };
  const idle = Object.keys(options);
  if (idle.length === 0) return null;
  throw new OptionsError(`${idle.join(', ')} of the retraining: without effect because --${PREFIX} is not given`);
}
