#!/usr/bin/env node
/**
 * Trains several genotypes from scratch with several seeds, and compares their accuracies.
 * `node experiments/retrainings.ts --help` lists the flags.
 */
import { Command } from 'commander';
import { GENOTYPE_FORMS } from '../src/command/find-genotype.ts';
import { addExamples, integerFlag } from '../src/command/flags.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { RETRAINING_PRESET_NAMES, type RetrainingPresetName } from '../src/retrain/presets.ts';
import {
  addExperimentFlags,
  type ExperimentCommandLine,
  optional,
  parseExperimentFlags,
} from './many-runs/experiment-flags.ts';
import { runExperiment } from './many-runs/run-experiment.ts';
import { planRetrainings, type RetrainingsRequest } from './retrainings/retrainings-plan.ts';
import { RETRAININGS } from './retrainings/retrainings-runs.ts';

/** Command line of the program. */
type RetrainingsCommandLine = ExperimentCommandLine<RetrainingPresetName, RetrainingsRequest>;

const EXAMPLES = [
  ['--genotypes DARTS_V2 runs/RUN --seeds 5', 'a published genotype beside one that was found'],
  ['--genotypes DARTS_V2 PC_DARTS_cifar --preset paper --plan', 'a list for several machines'],
] as const;

/**
 * Reads the command line. The preset decides what is not given.
 *
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown flag, a value that breaks its rule, an option that was fixed when the resumed
 *   experiment began, or missing genotypes
 */
export function readRetrainingsCommandLine(
  argv: readonly string[],
  io: Pick<ProgramIo, 'name' | 'stdout'>,
): RetrainingsCommandLine | null {
  const words = { seeds: 'trainings of every genotype (default: 3)', seed: 'the first seed (default: 0)' };
  const command = addExperimentFlags(
    addExamples(new Command(io.name), EXAMPLES),
    RETRAINING_PRESET_NAMES,
    'quick',
    words,
  )
    .description('Trains the networks of several genotypes from scratch with several seeds, and compares them.')
    .option('--genotypes <genotypes...>', `each the ${GENOTYPE_FORMS}`)
    .addOption(optional(integerFlag('epochs', 'length of the trainings (default: the preset’s)', 1, 1_000_000, 0)));
  const parsed = parseExperimentFlags<RetrainingPresetName, RetrainingsRequest>(command, argv, io);
  if (parsed === null) return null;
  const { request, resume, join, collect } = parsed;
  if ((request.genotypes ?? []).length > 0 || (resume ?? join ?? collect) !== undefined) return parsed;
  throw new OptionsError('--genotypes must name at least one genotype');
}

/** Makes the retrainings, or goes on with them. */
export const runRetrainings: Program = async (argv, io) => {
  const command = readRetrainingsCommandLine(argv, io);
  if (command === null) return 0;
  const { preset, request, ...flags } = command;
  const experiment = { ...RETRAININGS, plan: () => planRetrainings(preset, request) };
  return await runExperiment(experiment, flags, request, io);
};

await startIfMain(import.meta, runRetrainings);
