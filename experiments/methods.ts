#!/usr/bin/env node
/**
 * Makes a table of search methods over spaces: each search is followed by a retraining, and random cells of the space stand
 * beside. `node experiments/methods.ts --help` lists the flags.
 */
import { Command } from 'commander';
import { addExamples, integerFlag, namesFlag } from '../src/command/flags.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { SEARCH_METHOD_NAMES } from '../src/search/methods.ts';
import { SPACE_NAMES } from '../src/space/spaces.ts';
import {
  addExperimentFlags,
  type ExperimentCommandLine,
  optional,
  parseExperimentFlags,
} from './many-runs/experiment-flags.ts';
import { runExperiment } from './many-runs/run-experiment.ts';
import { type MethodsRequest, planMethods } from './methods/methods-plan.ts';
import { METHODS_PRESET_NAMES, type MethodsPresetName } from './methods/methods-presets.ts';
import { METHODS } from './methods/methods-runs.ts';

/** Command line of the program. */
type MethodsCommandLine = ExperimentCommandLine<MethodsPresetName, MethodsRequest>;

const EXAMPLES = [
  ['--preset quick', 'a first look: short searches, three seeds'],
  ['--spaces s2,s4 --methods darts,darts+dscd', 'two methods in two spaces'],
] as const;

/**
 * Reads the command line. The preset decides what is not given.
 *
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown flag, a value that breaks its rule, or an option that was fixed when the resumed
 *   table began
 */
export function readMethodsCommandLine(
  argv: readonly string[],
  io: Pick<ProgramIo, 'name' | 'stdout'>,
): MethodsCommandLine | null {
  const command = addExperimentFlags(addExamples(new Command(io.name), EXAMPLES), METHODS_PRESET_NAMES, 'laptop')
    .description(
      'Compares search methods in several spaces: each search is followed by the retraining of what it finds. Random ' +
        'cells of the same space stand beside.',
    )
    .addOption(optional(namesFlag('spaces', SPACE_NAMES, [])))
    .addOption(optional(namesFlag('methods', SEARCH_METHOD_NAMES, [])))
    .addOption(optional(integerFlag('epochs', 'length of the searches', 1, 1_000_000, 0)))
    .addOption(optional(integerFlag('random', 'random cells of each space, 0: none', 0, 10_000, 0)))
    .addHelpText('after', '\nThe preset decides what is not given. Random cells take no search.');
  return parseExperimentFlags<MethodsPresetName, MethodsRequest>(command, argv, io);
}

/** Makes the table of methods, or goes on with it. */
export const runMethods: Program = async (argv, io) => {
  const command = readMethodsCommandLine(argv, io);
  if (command === null) return 0;
  const { preset, request, ...flags } = command;
  return await runExperiment({ ...METHODS, plan: () => planMethods(preset, request) }, flags, request, io);
};

await startIfMain(import.meta, runMethods);
