#!/usr/bin/env node
/** Makes Figure 3 of the paper: `node experiments/synthetic.ts --help` lists the flags. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { modulePath } from '../actors/module-path.ts';
import { integerFlag, namesFlag, outFlag, parseFlags } from '../src/command/flags.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { METHOD_NAMES, type MethodName } from '../src/optimize/minimize/create-optimizer.ts';
import { TEST_FUNCTIONS, type TestFunctionName } from '../src/optimize/test-functions/test-functions.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { runComparison } from './comparison/comparison.ts';
import { reportSynthetic } from './synthetic/synthetic-report.ts';
import { listSettings, type SyntheticResult, type SyntheticTask } from './synthetic/synthetic-run.ts';

/** Flags of the program. */
export interface SyntheticFlags {
  readonly functions: readonly TestFunctionName[];
  readonly dimension: number;
  /** Number of evaluations of a run. */
  readonly steps: number;
  /** Number of seeds, from `seed` on. */
  readonly seeds: number;
  readonly seed: number;
  readonly methods: readonly MethodName[];
  /** Whether to take the functions' own domains in place of [-5, 5]. */
  readonly unscaled: boolean;
  readonly workers: number;
  /** Folder of the results; undefined: one named by the time. */
  readonly out?: string;
  readonly json: boolean;
}

const FUNCTION_NAMES = Object.keys(TEST_FUNCTIONS) as TestFunctionName[];

/** Functions and methods of the paper's Figure 3. */
const DEFAULT_FUNCTIONS: readonly TestFunctionName[] = ['styblinski-tang', 'schwefel'];
const DEFAULT_METHODS: readonly MethodName[] = ['adam', 'adam+dscd', 'uniform', 'cma-es', 'basin-hopping'];

/** Limit for CMA-ES, whose covariance matrix has this number squared entries, and takes its cube to decompose. */
const MOST_COORDINATES_OF_CMA_ES = 1000;

/**
 * Reads the command line.
 *
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown flag, or a value that breaks its rule
 */
export function readSyntheticFlags(
  argv: readonly string[],
  io: Pick<ProgramIo, 'name' | 'stdout'>,
): SyntheticFlags | null {
  const command = new Command(io.name)
    .description('Compares the optimizers on functions whose minimum is known: Figure 3 of the paper.')
    .addOption(namesFlag('functions', FUNCTION_NAMES, DEFAULT_FUNCTIONS))
    .addOption(integerFlag('dimension', 'coordinates of a function', 1, 100_000, 50))
    .addOption(integerFlag('steps', 'evaluations of a run', 1, 1e9, 20_000))
    .addOption(integerFlag('seeds', 'runs of every setting', 1, 10_000, 10))
    .addOption(integerFlag('seed', 'the first seed', 0, 2 ** 52, 0))
    .addOption(namesFlag('methods', METHOD_NAMES, DEFAULT_METHODS))
    .option('--unscaled', 'keep the functions’ own domains instead of scaling them to [-5, 5]', false)
    .addOption(integerFlag('workers', 'threads; they change no result', 1, 1024, availableParallelism()))
    .addOption(outFlag())
    .option('--json', 'print nothing but one JSON object a line for every setting', false);
  const flags = parseFlags<SyntheticFlags>(command, argv, io);
  if (flags !== null) check(flags);
  return flags;
}

function check({ functions, dimension, methods }: SyntheticFlags): void {
  if (functions.includes('rosenbrock') && dimension < 2) {
    throw new OptionsError(`rosenbrock must have a dimension of at least 2, got ${dimension}`);
  }
  if (methods.includes('cma-es') && dimension > MOST_COORDINATES_OF_CMA_ES) {
    const most = MOST_COORDINATES_OF_CMA_ES;
    throw new OptionsError(
      `cma-es must have a dimension of at most ${most}, got ${dimension}: leave it out of --methods`,
    );
  }
}

/** Makes all runs, and leaves a folder with results and figures. */
export const runSyntheticComparison: Program = async (argv, io) => {
  const flags = readSyntheticFlags(argv, io);
  if (flags === null) return 0;
  const comparison = {
    name: 'synthetic',
    tasks: listTasks(flags),
    file: modulePath(import.meta.url, './synthetic/synthetic-run'),
    exportName: 'runSynthetic',
    report: (results: readonly SyntheticResult[]) => reportSynthetic(results, flags),
  };
  return await runComparison<SyntheticTask, SyntheticResult>(comparison, flags, io);
};

function listTasks({
  functions,
  methods,
  dimension,
  steps,
  seeds,
  seed: first,
  unscaled,
}: SyntheticFlags): SyntheticTask[] {
  const all = Array.from({ length: seeds }, (_, i) => first + i);
  return functions.flatMap((name) =>
    listSettings(methods).flatMap((setting) =>
      all.map((seed) => ({ function: name, dimension, ...setting, seed, steps, unscaled })),
    ),
  );
}

await startIfMain(import.meta, runSyntheticComparison);
