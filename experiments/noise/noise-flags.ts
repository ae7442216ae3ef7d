import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { integerFlag, namesFlag, outFlag, parseFlags } from '../../src/command/flag-values.ts';
import { LEVEL_NAMES, type LevelName, RULE_NAMES, type RuleName } from './noise-settings.ts';

/** What the command line of `experiments/noise.ts` says. */
export interface NoiseFlags {
  readonly levels: readonly LevelName[];
  readonly rules: readonly RuleName[];
  /** Evaluations of a run. */
  readonly steps: number;
  /** Number of seeds, from `seed` on. */
  readonly seeds: number;
  readonly seed: number;
  readonly workers: number;
  /** undefined: named by the time. */
  readonly out?: string;
  readonly json: boolean;
}

/**
 * Reads the command line.
 *
 * @param argv arguments after the program's name
 * @returns null where help was asked for and has been printed
 * @throws OptionsError for an unknown flag, or a value that breaks its rule
 */
export function readNoiseFlags(argv: readonly string[]): NoiseFlags | null {
  const command = new Command('noise')
    .description('Compares the rules of acceptance where losses are those of mini-batches.')
    .addOption(namesFlag('levels', LEVEL_NAMES, LEVEL_NAMES))
    .addOption(namesFlag('rules', RULE_NAMES, RULE_NAMES))
    .addOption(integerFlag('steps', 'evaluations of a run', 1, 1e9, 15_000))
    .addOption(integerFlag('seeds', 'runs of every rule at every level', 1, 10_000, 10))
    .addOption(integerFlag('seed', 'the first seed', 0, 2 ** 52, 0))
    .addOption(integerFlag('workers', 'threads; they change no result', 1, 1024, availableParallelism()))
    .addOption(outFlag())
    .option('--json', 'one JSON object a line, rule and level on standard output, and nothing else', false);
  return parseFlags<NoiseFlags>(command, argv);
}
