import { Command, Option } from 'commander';
import { ZodArray, ZodBoolean, ZodOptional, ZodReadonly, type ZodType } from 'zod';
import { flagName } from '../options/flag-text.ts';
import { OptionsError } from '../options/parse-options.ts';
import { RESUMABLE_OPTIONS } from '../options/run-options.ts';
import { addDataFlags, type DataFlags, fixedDataFlags } from './data-flags.ts';
import { addExamples, type Example, parseFlags } from './flags.ts';
import type { ProgramIo } from './program.ts';

/** Flags of every job, besides the job's own options. */
export interface JobFlags<Preset extends string> extends DataFlags {
  readonly preset: Preset;
  readonly out?: string;
  readonly resume?: string;
  readonly json: boolean;
  readonly report: boolean;
  readonly inspect: boolean;
  readonly otherEngine: boolean;
}

/** Lets a resumed run go on with an engine whose bits differ, as that of another kind of machine may. */
export function otherEngineFlag(): Option {
  const meaning = 'go on also with an engine that computes other bits than the run’s, as on another kind of machine';
  return new Option('--other-engine', meaning).default(false);
}

/** Heading of the flags that every job has. */
export const RUN_GROUP = 'Run:';

/**
 * Creates a command with the flags that every job has.
 *
 * @param examples examples for the help text
 */
export function jobCommand(
  { name }: Pick<ProgramIo, 'name'>,
  description: string,
  presets: readonly string[],
  examples: readonly Example[],
): Command {
  const command = addExamples(new Command(name), examples)
    .description(description)
    .optionsGroup(RUN_GROUP)
    .addOption(new Option('--preset <name>', 'sizes to start from').choices(presets).default('quick'));
  return addDataFlags(command)
    .option('--out <dir>', 'folder of the run (default: one in runs/, named by the time)')
    .option('--resume <dir>', 'go on with the run in this folder')
    .addOption(otherEngineFlag())
    .option('--json', 'print one JSON event a line instead of progress bars', false)
    .option('--inspect', 'open the trace inspector beside the run', false)
    .option('--no-report', 'write no report.html into the folder');
}

/**
 * Adds a flag for each option of a schema, e.g. `--weights-learning-rate <number>` for `weightsLearningRate`, and two for
 * a truth: `--flip` and `--no-flip`.
 *
 * @param shape shape of the schema, which has the options' rules and descriptions
 * @param defaults values that the help text shows as those of the preset quick
 * @param groupOf heading that the help text shows an option under
 * @param prefix text before the names, e.g. `retrain`. @default none
 */
export function addOptionFlags(
  command: Command,
  shape: Readonly<Record<string, ZodType>>,
  defaults: Readonly<Record<string, unknown>>,
  groupOf: (name: string) => string,
  prefix?: string,
): void {
  for (const [name, schema] of Object.entries(shape)) {
    const flag = `${prefix === undefined ? '' : `${prefix}-`}${flagName(name)}`;
    const group = groupOf(name);
    const isOpen = schema instanceof ZodOptional;
    const preset = isOpen ? 'as the data' : `quick: ${writeDefault(defaults[name])}`;
    const description = `${schema.description} (${preset})`;
    if ((isOpen ? schema.unwrap() : schema) instanceof ZodBoolean) {
      command.addOption(new Option(`--${flag}`, description).helpGroup(group));
      command.addOption(new Option(`--no-${flag}`, 'the opposite').helpGroup(group));
      continue;
    }
    const choices = 'options' in schema ? (schema.options as string[]) : null;
    const isList = schema instanceof ZodReadonly && schema.unwrap() instanceof ZodArray;
    const placeholder = choices ? '<name>' : isList ? '<names>' : name === 'domain' ? '<low,high>' : '<number>';
    const option = new Option(`--${flag} ${placeholder}`, description);
    if (choices) option.choices(choices);
    else if (isList) option.argParser((text) => [...new Set(text.split(','))]);
    else option.argParser((text) => (name === 'domain' ? text.split(',').map(toNumber) : toNumber(text)));
    command.addOption(option.helpGroup(group));
  }
}

/**
 * Parses the command line of a job.
 *
 * @param argv arguments after the program's name
 * @param resumable names of the other flags that are allowed with `--resume`. @default the options that change no result
 * @param goingOn names of the flags that go on with a run that has begun. @default resume
 * @returns the flags of every job, and the other flags by their names; null if help was asked for, which has then been
 *   printed
 * @throws OptionsError for an unknown flag, an unknown preset, an empty folder's name, or an option that was fixed when
 *   the resumed run began
 */
export function parseJobFlags<Preset extends string>(
  command: Command,
  argv: readonly string[],
  io: Pick<ProgramIo, 'stdout'>,
  resumable: readonly string[] = RESUMABLE_OPTIONS,
  goingOn: readonly string[] = ['resume'],
): { readonly flags: JobFlags<Preset>; readonly others: Readonly<Record<string, unknown>> } | null {
  const parsed = parseFlags<JobFlags<Preset> & Record<string, unknown>>(command, argv, io);
  if (parsed === null) return null;
  const { preset, data, coarse, testShare, skipBroken, out, resume, json, report, inspect, otherEngine, ...others } =
    parsed;
  const begun = goingOn.find((name) => parsed[name] !== undefined);
  for (const name of ['data', 'out', ...goingOn]) {
    if (parsed[name] === '') throw new OptionsError(`${name} must name a folder, got an empty name`);
  }
  if (begun !== undefined) {
    const chosen = command.getOptionValueSource('preset') === 'cli' ? ['preset'] : [];
    const given = [...chosen, ...fixedDataFlags(parsed), ...Object.keys(others)];
    const fixed = [...given, ...(out === undefined ? [] : ['out'])].filter(
      (name) => !resumable.includes(name) && !goingOn.includes(name),
    );
    if (fixed.length > 0)
      throw new OptionsError(`${fixed.join(', ')}: fixed when the run began, not allowed with --${begun}`);
  }
  if (otherEngine && begun === undefined) throw new OptionsError('--other-engine goes with --resume alone');
  const optional = Object.entries({ data, coarse, testShare, skipBroken, out, resume });
  const given = Object.fromEntries(optional.filter(([, value]) => value !== undefined));
  return { flags: { preset, json, report, inspect, otherEngine, ...given }, others };
}

function writeDefault(value: unknown): string {
  return value === null || value === undefined || String(value) === '' ? 'none' : String(value);
}

/** A number, or the text itself if it is none: the schema then refuses it by name. */
function toNumber(text: string): number | string {
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}
