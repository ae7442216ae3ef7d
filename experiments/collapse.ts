#!/usr/bin/env node
/**
 * Makes Figures 1 and 2 of the paper: whether the cells of a search collapse, with and without DSCD, and with controls.
 * `node experiments/collapse.ts --help` lists the flags.
 */
import { Command } from 'commander';
import { addExamples, integerFlag, namesFlag } from '../src/command/flags.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { type CollapsePlan, type CollapseRequest, planCollapse } from './collapse/collapse-plan.ts';
import { COLLAPSE_PRESET_NAMES, COLLAPSE_VARIANT_NAMES, type CollapsePresetName } from './collapse/collapse-presets.ts';
import { COLLAPSE } from './collapse/collapse-runs.ts';
import {
  addExperimentFlags,
  type ExperimentCommandLine,
  optional,
  parseExperimentFlags,
} from './many-runs/experiment-flags.ts';
import { runExperiment } from './many-runs/run-experiment.ts';
import { describeVariants } from './many-runs/search-variants.ts';

/** Command line of the program. */
type CollapseCommandLine = ExperimentCommandLine<CollapsePresetName, CollapseRequest>;

/**
 * Reads the command line. The preset decides what is not given.
 *
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown flag, a value that breaks its rule, or an option that was fixed when the resumed
 *   experiment began
 */
export function readCollapseCommandLine(
  argv: readonly string[],
  io: Pick<ProgramIo, 'name' | 'stdout'>,
): CollapseCommandLine | null {
  const examples = [
    ['--preset quick', 'FairDARTS with and without DSCD, two seeds of each'],
    [
      '--variants dscd,never,half --seeds 5 --retrain',
      'the paper’s rule and its controls, and what their cells are worth',
    ],
  ] as const;
  const command = addExperimentFlags(addExamples(new Command(io.name), examples), COLLAPSE_PRESET_NAMES, 'laptop')
    .description(
      'Makes Figures 1 and 2 of the paper: the mean mixing weights of both cells over the epochs of a search, before and ' +
        'after discretization, with and without DSCD.',
    )
    .addOption(optional(namesFlag('variants', COLLAPSE_VARIANT_NAMES, [])))
    .addOption(optional(integerFlag('epochs', 'length of the searches', 1, 1_000_000, 0)))
    .option('--retrain', 'retrain what was found, also what was found before it was resumed')
    .addHelpText('after', `${describeVariants(COLLAPSE_VARIANT_NAMES)}\nThe preset decides what is not given.`);
  return parseExperimentFlags<CollapsePresetName, CollapseRequest>(command, argv, io, ['retrain']);
}

/** Makes the figures, or goes on with them. */
export const runCollapse: Program = async (argv, io) => {
  const command = readCollapseCommandLine(argv, io);
  if (command === null) return 0;
  const { preset, request, ...flags } = command;
  const experiment = {
    ...COLLAPSE,
    plan: () => planCollapse(preset, request),
    extend: (plan: CollapsePlan) => ({ ...plan, retrain: plan.retrain || request.retrain === true }),
  };
  return await runExperiment(experiment, flags, request, io);
};

await startIfMain(import.meta, runCollapse);
