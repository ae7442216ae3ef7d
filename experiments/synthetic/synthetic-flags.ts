import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { integerFlag, namesFlag, outFlag, parseFlags } from '../../src/command/flag-values.ts';
import { METHOD_NAMES, type MethodName } from '../../src/optimize/minimize/create-optimizer.ts';
import { TEST_FUNCTIONS, type TestFunctionName } from '../../src/optimize/test-functions/test-functions.ts';
import { OptionsError } from '../../src/options/options-error.ts';

/** What the command line of `experiments/synthetic.ts` says. */
export interface SyntheticFlags {
  readonly functions: readonly TestFunctionName[];
  readonly dimension: number;
  /** Evaluations of a run. */
  readonly steps: number;
  /** Number of seeds, from `seed` on. */
  readonly seeds: number;
  readonly seed: number;
  readonly methods: readonly MethodName[];
  /** On the functions' own domains in place of [-5, 5]. */
  readonly unscaled: boolean;
  readonly workers: number;
  /** undefined: named by the time. */
  readonly out?: string;
  readonly json: boolean;
}

const FUNCTION_NAMES = Object.keys(TEST_FUNCTIONS) as TestFunctionName[];

/** Of the paper's Figure 3. */
const DEFAULT_FUNCTIONS: readonly TestFunctionName[] = ['styblinski-tang', 'schwefel'];
const DEFAULT_METHODS: readonly MethodName[] = ['adam', 'adam+dscd', 'uniform', 'cma-es', 'basin-hopping'];

/** The covariance matrix of CMA-ES has this number squared entries, and takes its cube to decompose. */
const MOST_COORDINATES_OF_CMA_ES = 1000;

/**
 * Reads the command line.
 *
 * @param argv arguments after the program's name
 * @returns null where help was asked for and has been printed
 * @throws OptionsError for an unknown flag, or a value that breaks its rule
 */
export function readSyntheticFlags(argv: readonly string[]): SyntheticFlags | null {
  const command = new Command('synthetic')
    .description('Compares the optimizers on functions whose minimum is known: Figure 3 of the paper.')
    .addOption(namesFlag('functions', FUNCTION_NAMES, DEFAULT_FUNCTIONS))
    .addOption(integerFlag('dimension', 'coordinates of a function', 1, 100_000, 50))
    .addOption(integerFlag('steps', 'evaluations of a run', 1, 1e9, 20_000))
    .addOption(integerFlag('seeds', 'runs of every setting', 1, 10_000, 10))
    .addOption(integerFlag('seed', 'the first seed', 0, 2 ** 52, 0))
    .addOption(namesFlag('methods', METHOD_NAMES, DEFAULT_METHODS))
    .option('--unscaled', 'on the functions’ own domains, not scaled to [-5, 5]', false)
    .addOption(integerFlag('workers', 'threads; they change no result', 1, 1024, availableParallelism()))
    .addOption(outFlag())
    .option('--json', 'one JSON object a line and setting on standard output, and nothing else', false);
  const flags = parseFlags<SyntheticFlags>(command, argv);
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
