import { Command, CommanderError, Option } from 'commander';
import { OptionsError, resolveSearchOptions } from '../src/search/options.ts';
import { type SearchOptions, type SearchOptionsInput, searchOptionsSchema } from '../src/search/options-schema.ts';
import { PRESET_NAMES, type PresetName } from '../src/search/presets.ts';

/** What the command line of a search says besides the options of the search itself. */
export interface CommandLine {
  readonly options: SearchOptionsInput;
  readonly preset: PresetName;
  readonly data?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly json: boolean;
}

/** Options that may be given when a run is resumed: they change no result. */
const RESUMABLE: readonly string[] = ['workers', 'threads', 'checkpointSeconds'];

/**
 * Reads the command line of `experiments/cifar10.ts`. The search's options, with their rules and defaults, come from
 * `searchOptionsSchema`.
 *
 * @param argv arguments after the program's name
 * @returns null where help was asked for and has been printed
 * @throws OptionsError for an unknown option, a value that is no number where one is needed, or a contradiction
 */
export function readCommandLine(argv: readonly string[]): CommandLine | null {
  const command = new Command('cifar10')
    .description('Searches convolutional cells on CIFAR-10 and leaves a run folder.')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .addOption(new Option('--preset <name>', 'sizes to start from').choices(PRESET_NAMES).default('quick'))
    .option('--data <dir>', 'CIFAR-10’s binary files (default: a cache, else fetched)')
    .option('--out <dir>', 'folder of the run (default: runs/ with the time)')
    .option('--resume <dir>', 'go on with the run in this folder')
    .option('--json', 'one JSON event a line instead of progress bars', false);
  const defaults = resolveSearchOptions({}, 'quick');
  for (const name of optionNames()) command.addOption(flag(name, defaults[name]));
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw new OptionsError(error.message.replace(/^error: /, ''), { cause: error });
  }
  const { preset, data, out, resume, json, ...options } = command.opts();
  if (command.args.length > 0) throw new OptionsError(`unexpected argument ${JSON.stringify(command.args[0])}`);
  for (const [name, path] of Object.entries({ data, out, resume })) {
    if (path === '') throw new OptionsError(`${name} must name a folder, got an empty name`);
  }
  if (resume !== undefined) {
    const given = [...(command.getOptionValueSource('preset') === 'cli' ? ['preset'] : []), ...Object.keys(options)];
    const fixed = [...given, ...(out === undefined ? [] : ['out'])].filter((name) => !RESUMABLE.includes(name));
    if (fixed.length > 0)
      throw new OptionsError(`${fixed.join(', ')}: fixed when the run began, leave out with --resume`);
  }
  return { options, preset, data, out, resume, json };
}

function optionNames(): (keyof SearchOptions)[] {
  return Object.keys(searchOptionsSchema.shape) as (keyof SearchOptions)[];
}

/** The command-line flag of an option, e.g. `--weights-learning-rate <number>`. */
function flag(name: keyof SearchOptions, value: SearchOptions[typeof name]): Option {
  const schema = searchOptionsSchema.shape[name];
  const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const choices = 'options' in schema ? (schema.options as string[]) : null;
  const placeholder = choices ? '<name>' : name === 'domain' ? '<low,high>' : '<number>';
  const shown = value === null ? 'none' : String(value);
  const option = new Option(`--${kebab} ${placeholder}`, `${schema.description} (quick: ${shown})`);
  if (choices) return option.choices(choices);
  return option.argParser((text) => (name === 'domain' ? text.split(',').map(toNumber) : toNumber(text)));
}

/** A number, or the text itself where it is none: the schema then refuses it by name. */
function toNumber(text: string): number {
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? (text as unknown as number) : number;
}
