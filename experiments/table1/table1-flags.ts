import { Command, Option } from 'commander';
import { integerFlag, namesFlag } from '../../src/command/flag-values.ts';
import { type JobFlags, parseJobFlags } from '../../src/command/job-flags.ts';
import { OptionsError } from '../../src/options/options-error.ts';
import { SEARCH_METHOD_NAMES } from '../../src/search/methods.ts';
import type { Table1Request } from './table1-plan.ts';
import { TABLE_1_PRESET_NAMES, type Table1PresetName } from './table1-presets.ts';

/** What the command line of `experiments/table1.ts` says. */
export interface Table1CommandLine extends JobFlags<Table1PresetName> {
  readonly request: Table1Request;
}

/** Longest search that can be asked for, in epochs. */
const MOST_EPOCHS = 1_000_000;

/**
 * Reads the command line of `experiments/table1.ts`. What is not given is left to the preset.
 *
 * @param argv arguments after the program's name
 * @returns null where help was asked for and has been printed
 * @throws OptionsError for an unknown flag, a value that breaks its rule, or, with a table to resume, what was fixed
 *   when that began
 */
export function readTable1CommandLine(argv: readonly string[]): Table1CommandLine | null {
  const command = new Command('table1')
    .description(
      'Makes Table 1 of the paper: searches of several lengths and seeds, and the retraining of what they find.',
    )
    .addOption(new Option('--preset <name>', 'sizes').choices(TABLE_1_PRESET_NAMES).default('laptop'))
    .addOption(optional(namesFlag('methods', SEARCH_METHOD_NAMES, [])))
    .addOption(lengthsFlag())
    .addOption(optional(integerFlag('seeds', 'runs of every row', 1, 10_000, 0)))
    .addOption(optional(integerFlag('seed', 'the first seed (default: 0)', 0, 2 ** 52, 0)))
    .addOption(optional(namesFlag('acceptance', ['window', 'paired'], [])))
    .addOption(optional(integerFlag('workers', 'threads of the pool; they change no result', 1, 64, 0)))
    .addOption(optional(integerFlag('threads', 'of the CPU engine, 0: all cores; they change no result', 0, 1024, 0)))
    .addOption(new Option('--engine <name>', 'see cifar10.ts').choices(['auto', 'cpu', 'tfjs']))
    .option('--data <dir>', 'CIFAR-10’s binary files (default: a cache, else fetched)')
    .option('--out <dir>', 'folder of the table and its runs (default: runs/ with the time)')
    .option('--resume <dir>', 'go on with the table in this folder')
    .option('--json', 'one JSON event a line instead of progress bars', false)
    .addHelpText('after', '\nWhat is not given is the preset’s. A method without alpha steps runs at one length.');
  const parsed = parseJobFlags<Table1PresetName>(command, argv);
  return parsed === null ? null : { ...parsed.flags, request: parsed.others };
}

/** Leaves a flag that is not given to the preset. */
function optional(flag: Option): Option {
  return flag.default(undefined);
}

/** Epochs of the searches, with commas between them. */
function lengthsFlag(): Option {
  const read = (text: string): number[] => {
    const lengths = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    const fits = (length: number): boolean => Number.isInteger(length) && length >= 1 && length <= MOST_EPOCHS;
    if (lengths.every(fits)) return [...new Set(lengths)];
    const got = JSON.stringify(text);
    throw new OptionsError(`lengths must be integers from 1 to ${MOST_EPOCHS} with commas between them, got ${got}`);
  };
  return new Option('--lengths <epochs>', 'of the searches, e.g. 3,6,12').argParser(read);
}
