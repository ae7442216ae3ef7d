import { Command, Option } from 'commander';
import type { ZodType } from 'zod';
import { OptionsError } from '../options/options-error.ts';
import { RESUMABLE_OPTIONS } from '../options/run-options.ts';
import { parseFlags } from './flag-values.ts';
import { checkInspector } from './open-inspector.ts';

/** What the command line of any job says besides the options of the job itself. */
export interface JobFlags<Preset extends string> {
  readonly preset: Preset;
  readonly data?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly json: boolean;
  readonly report: boolean;
  readonly inspect: boolean;
}

/** A command with the flags that every job has. */
export function jobCommand(name: string, description: string, presets: readonly string[]): Command {
  return new Command(name)
    .description(description)
    .addOption(new Option('--preset <name>', 'sizes to start from').choices(presets).default('quick'))
    .option('--data <dir>', 'CIFAR-10’s binary files (default: a cache, else fetched)')
    .option('--out <dir>', 'folder of the run (default: runs/ with the time)')
    .option('--resume <dir>', 'go on with the run in this folder')
    .option('--json', 'one JSON event a line instead of progress bars', false)
    .option('--inspect', 'open the trace inspector beside the run', false)
    .option('--no-report', 'leave report.html out of the folder');
}

/**
 * Adds a flag for each option of a schema, e.g. `--weights-learning-rate <number>` for `weightsLearningRate`.
 *
 * @param shape of the schema, which has the options' rules and descriptions
 * @param defaults what is shown as the preset quick's
 * @param prefix stands before the names, e.g. `retrain`. @default none
 */
export function addOptionFlags(
  command: Command,
  shape: Readonly<Record<string, ZodType>>,
  defaults: Readonly<Record<string, unknown>>,
  prefix?: string,
): void {
  for (const [name, schema] of Object.entries(shape)) {
    const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const choices = 'options' in schema ? (schema.options as string[]) : null;
    const placeholder = choices ? '<name>' : name === 'domain' ? '<low,high>' : '<number>';
    const flag = `--${prefix === undefined ? '' : `${prefix}-`}${kebab} ${placeholder}`;
    const option = new Option(flag, `${schema.description} (quick: ${defaults[name] ?? 'none'})`);
    if (choices) option.choices(choices);
    else option.argParser((text) => (name === 'domain' ? text.split(',').map(toNumber) : toNumber(text)));
    command.addOption(option);
  }
}

/**
 * Reads the command line of a job.
 *
 * @param argv arguments after the program's name
 * @returns the flags of every job, and the others by their names; null where help was asked for and has been printed
 * @throws OptionsError for an unknown flag, a name that is not to be chosen, an empty folder's name, or, with a run to
 *   resume, what was fixed when that began
 */
export function parseJobFlags<Preset extends string>(
  command: Command,
  argv: readonly string[],
): { readonly flags: JobFlags<Preset>; readonly others: Readonly<Record<string, unknown>> } | null {
  const parsed = parseFlags<JobFlags<Preset> & Record<string, unknown>>(command, argv);
  if (parsed === null) return null;
  const { preset, data, out, resume, json, report, inspect, ...others } = parsed;
  if (inspect) checkInspector();
  for (const [name, path] of Object.entries({ data, out, resume })) {
    if (path === '') throw new OptionsError(`${name} must name a folder, got an empty name`);
  }
  if (resume !== undefined) {
    const given = [...(command.getOptionValueSource('preset') === 'cli' ? ['preset'] : []), ...Object.keys(others)];
    const resumable: readonly string[] = RESUMABLE_OPTIONS;
    const fixed = [...given, ...(out === undefined ? [] : ['out'])].filter((name) => !resumable.includes(name));
    if (fixed.length > 0)
      throw new OptionsError(`${fixed.join(', ')}: fixed when the run began, leave out with --resume`);
  }
  const places = Object.fromEntries(Object.entries({ data, out, resume }).filter(([, path]) => path !== undefined));
  return { flags: { preset, json, report, inspect, ...places }, others };
}

/** A number, or the text itself where it is none: the schema then refuses it by name. */
function toNumber(text: string): number {
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? (text as unknown as number) : number;
}
