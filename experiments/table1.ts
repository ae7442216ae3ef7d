#!/usr/bin/env node
/**
 * Makes Table 1 of the paper: search accuracies, and the accuracy of what was found, over search lengths and seeds.
 * `node experiments/table1.ts --help` lists the flags.
 */
import { Command } from 'commander';
import { addExamples, integerFlag, integersFlag, namesFlag } from '../src/command/flags.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import {
  addExperimentFlags,
  type ExperimentCommandLine,
  optional,
  parseExperimentFlags,
} from './many-runs/experiment-flags.ts';
import { runExperiment } from './many-runs/run-experiment.ts';
import { describeVariants, SEARCH_VARIANT_NAMES } from './many-runs/search-variants.ts';
import { extendPlan, planTable1, type Table1Plan, type Table1Request } from './table1/table1-plan.ts';
import { TABLE_1_PRESET_NAMES, type Table1PresetName } from './table1/table1-presets.ts';
import { TABLE_1 } from './table1/table1-runs.ts';

/** Command line of the program. */
type Table1CommandLine = ExperimentCommandLine<Table1PresetName, Table1Request>;

const EXAMPLES = [
  ['--preset quick', 'searches of 15 and 60 epochs, two seeds'],
  ['--resume runs/TABLE --retrainings 2', 'retrain every cell of a table once more'],
] as const;

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
  const command = addExperimentFlags(addExamples(new Command(io.name), EXAMPLES), TABLE_1_PRESET_NAMES, 'laptop')
    .description(
      'Makes Table 1 of the paper: searches of several lengths and seeds, the retraining of what they find, and its ' +
        'comparison with random cells of the same size.',
    )
    .addOption(optional(namesFlag('variants', SEARCH_VARIANT_NAMES, [])))
    .addOption(integersFlag('lengths', 'epochs', 'lengths of the searches, e.g. 15,60', 1, MOST_EPOCHS))
    .addOption(optional(integerFlag('retrainings', 'retrainings of every cell, whose mean counts', 1, 100, 0)))
    .addOption(
      optional(integerFlag('random', 'random cells to compare with (default: 0 beside references)', 0, 10_000, 0)),
    )
    .option('--references <file>', 'references.json of signal.ts, whose random cells are compared with too')
    .addHelpText(
      'after',
      `${describeVariants(SEARCH_VARIANT_NAMES)}\nThe preset decides what is not given. A table that is resumed may be given ` +
        'more retrainings, and references.',
    );
  return parseExperimentFlags<Table1PresetName, Table1Request>(command, argv, io, ['retrainings', 'references']);
}

/** Makes Table 1, or goes on with it. */
export const runTable1: Program = async (argv, io) => {
  const command = readTable1CommandLine(argv, io);
  if (command === null) return 0;
  const { preset, request, ...flags } = command;
  const experiment = {
    ...TABLE_1,
    plan: () => planTable1(preset, request),
    extend: (plan: Table1Plan) => extendPlan(plan, request),
  };
  return await runExperiment(experiment, flags, request, io);
};

await startIfMain(import.meta, runTable1);
