#!/usr/bin/env node
/**
 * Asks whether the signal is there: how what a search can see of a random cell orders cells by the accuracy they have
 * once they are trained from scratch. `node experiments/signal.ts --help` lists the flags.
 */
import { Command } from 'commander';
import { integerFlag, integersFlag, namesFlag } from '../src/command/flags.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import {
  addExperimentFlags,
  type ExperimentCommandLine,
  optional,
  parseExperimentFlags,
} from './many-runs/experiment-flags.ts';
import { runExperiment } from './many-runs/run-experiment.ts';
import { describeVariants } from './many-runs/search-variants.ts';
import { planSignal, type SignalRequest } from './signal/signal-plan.ts';
import { SIGNAL_PRESET_NAMES, SIGNAL_VARIANT_NAMES, type SignalPresetName } from './signal/signal-presets.ts';
import { SIGNAL } from './signal/signal-runs.ts';

/** Command line of the program. */
type SignalCommandLine = ExperimentCommandLine<SignalPresetName, SignalRequest>;

const SEED_WORDS = {
  seeds: 'supernets of every variant, with the seeds from 0 on',
  seed: 'the first seed that random cells are drawn with (default: 100)',
};

/** Oldest supernet, in epochs. */
const MOST_EPOCHS = 1_000_000;

/**
 * Reads the command line. The preset decides what is not given.
 *
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown flag, a value that breaks its rule, or an option that was fixed when the resumed
 *   experiment began
 */
export function readSignalCommandLine(
  argv: readonly string[],
  io: Pick<ProgramIo, 'name' | 'stdout'>,
): SignalCommandLine | null {
  const command = addExperimentFlags(new Command(io.name), SIGNAL_PRESET_NAMES, 'laptop', SEED_WORDS)
    .description(
      'Asks whether the signal is there: retrains random cells, and correlates their accuracies with the losses that ' +
        'supernets show of them at several ages.',
    )
    .addOption(optional(integerFlag('cells', 'random cells', 3, 10_000, 0)))
    .addOption(optional(integerFlag('retrainings', 'retrainings of every cell, whose mean counts', 1, 100, 0)))
    .addOption(optional(namesFlag('variants', SIGNAL_VARIANT_NAMES, [])))
    .addOption(integersFlag('ages', 'epochs', 'ages at which the supernets are asked, e.g. 5,15', 1, MOST_EPOCHS))
    .addHelpText('after', `${describeVariants(SIGNAL_VARIANT_NAMES)}\nThe preset decides what is not given.`);
  return parseExperimentFlags<SignalPresetName, SignalRequest>(command, argv, io);
}

/** Makes the experiment, or goes on with it. */
export const runSignal: Program = async (argv, io) => {
  const command = readSignalCommandLine(argv, io);
  if (command === null) return 0;
  const { preset, request, ...flags } = command;
  return await runExperiment({ ...SIGNAL, plan: () => planSignal(preset, request) }, flags, request, io);
};

await startIfMain(import.meta, runSignal);
