#!/usr/bin/env node
/**
 * Makes Table 1 of the paper: search accuracies, and the accuracy of what was found, over search lengths and seeds.
 * `node experiments/table1.ts --help` lists the flags.
 */
import { Command } from 'commander';
import { integersFlag, namesFlag } from '../src/command/flags.ts';
import type { JobFlags } from '../src/command/job-flags.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { SEARCH_METHOD_NAMES } from '../src/search/methods.ts';
import { addExperimentFlags, optional, parseExperimentFlags } from './many-runs/experiment-flags.ts';
import { type Experiment, runExperiment } from './many-runs/run-experiment.ts';
import { makeTable1 } from './table1/make-table1.ts';
import { planTable1, readRecordedPlan, type Table1Plan, type Table1Request } from './table1/table1-plan.ts';
import { TABLE_1_PRESET_NAMES, type Table1PresetName } from './table1/table1-presets.ts';

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
  const command = addExperimentFlags(new Command(io.name), TABLE_1_PRESET_NAMES, 'laptop')
    .description(
      'Makes Table 1 of the paper: searches of several lengths and seeds, and the retraining of what they find.',
    )
    .addOption(optional(namesFlag('methods', SEARCH_METHOD_NAMES, [])))
    .addOption(integersFlag('lengths', 'epochs', 'lengths of the searches, e.g. 3,6,12', 1, MOST_EPOCHS))
    .addOption(optional(namesFlag('acceptance', ['window', 'paired'], [])))
    .addHelpText(
      'after',
      '\nThe preset decides what is not given. A method without steps on alpha runs at one length.',
    );
  return parseExperimentFlags<Table1PresetName, Table1Request>(command, argv, io);
}

/** Makes Table 1, or goes on with it. */
export const runTable1: Program = async (argv, io) => {
  const command = readTable1CommandLine(argv, io);
  if (command === null) return 0;
  const { preset, request, ...flags } = command;
  const experiment: Experiment<Table1Plan> = {
    name: 'table1',
    plan: () => planTable1(preset, request),
    readPlan: readRecordedPlan,
    make: (path, plan, tools) => makeTable1(path, plan, request, tools),
  };
  return await runExperiment(experiment, flags, io);
};

await startIfMain(import.meta, runTable1);
