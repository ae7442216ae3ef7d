#!/usr/bin/env node
/**
 * Makes Table 1 of the paper: search accuracies, and the accuracy of what was found, over search lengths and seeds.
 * `node experiments/table1.ts --help` lists the flags.
 */
import { Command, Option } from 'commander';
import { integerFlag, namesFlag } from '../src/command/flags.ts';
import { type JobFlags, parseJobFlags } from '../src/command/job-flags.ts';
import { defaultFolder, runJobProgram } from '../src/command/job-program.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { SEARCH_METHOD_NAMES } from '../src/search/methods.ts';
import { makeTable1 } from './table1/make-table1.ts';
import { checkSameData, createTableFolder, lockTableFolder, openTableFolder } from './table1/table-folder.ts';
import { planTable1, readRecordedPlan, type Table1Request } from './table1/table1-plan.ts';
import { TABLE_1_PRESET_NAMES, type Table1PresetName } from './table1/table1-presets.ts';

const TABLE = 'table1';

/** Command line of the program. */
interface Table1CommandLine extends JobFlags<Table1PresetName> {
  readonly request: Table1Request;
}

/** Longest search, in epochs. */
const MOST_EPOCHS = 1_000_000;

/**
 * Reads the command line. The preset decides what is not given.
 *
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown flag, a value that breaks its rule, or an option that was fixed when the resumed
 *   table began
 */
export function readTable1CommandLine(
  argv: readonly string[],
  io: Pick<ProgramIo, 'name' | 'stdout'>,
): Table1CommandLine | null {
  const command = new Command(io.name)
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
    .addOption(
      optional(integerFlag('threads', 'threads of the CPU engine, 0: all cores; they change no result', 0, 1024, 0)),
    )
    .addOption(new Option('--engine <name>', 'engine, as of a search').choices(['auto', 'cpu', 'tfjs']))
    .option('--data <dir>', 'folder of CIFAR-10’s binary files (default: a cache, filled by a download if empty)')
    .option('--out <dir>', 'folder of the table and its runs (default: one in runs/, named by the time)')
    .option('--resume <dir>', 'go on with the table in this folder')
    .option('--json', 'print one JSON event a line instead of progress bars', false)
    .addHelpText(
      'after',
      '\nThe preset decides what is not given. A method without steps on alpha runs at one length.',
    );
  const parsed = parseJobFlags<Table1PresetName>(command, argv, io);
  return parsed === null ? null : { ...parsed.flags, request: parsed.others };
}

/** Removes the default of a flag: the preset decides. */
function optional(flag: Option): Option {
  return flag.default(undefined);
}

/** Flag with the lengths of the searches in epochs, with commas between them. */
function lengthsFlag(): Option {
  const read = (text: string): number[] => {
    const lengths = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    const fits = (length: number): boolean => Number.isInteger(length) && length >= 1 && length <= MOST_EPOCHS;
    if (lengths.every(fits)) return [...new Set(lengths)];
    const got = JSON.stringify(text);
    throw new OptionsError(`lengths must be integers from 1 to ${MOST_EPOCHS} with commas between them, got ${got}`);
  };
  return new Option('--lengths <epochs>', 'lengths of the searches, e.g. 3,6,12').argParser(read);
}

/** Makes Table 1, or goes on with it. */
export const runTable1: Program = async (argv, io) => {
  const command = readTable1CommandLine(argv, io);
  if (command === null) return 0;
  const { preset, request, ...flags } = command;
  const { resume, out } = flags;
  // Before the data is loaded: a mistake in the options should show at once.
  const config = resume === undefined ? null : openTableFolder(resume, TABLE);
  const plan = config === null ? planTable1(preset, request) : readRecordedPlan(config.plan);
  const overrides = config === null ? {} : request;
  const path = resume ?? out ?? defaultFolder();
  return await runJobProgram({ flags, path, config }, io, async (tools) => {
    if (config === null) createTableFolder(path, TABLE, plan, tools.data);
    else checkSameData(path, config, tools.data);
    const unlock = lockTableFolder(path);
    try {
      return await makeTable1(path, plan, overrides, tools);
    } finally {
      unlock();
    }
  });
};

await startIfMain(import.meta, runTable1);
