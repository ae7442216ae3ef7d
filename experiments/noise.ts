#!/usr/bin/env node
/** Compares the rules of acceptance under mini-batch noise: `node experiments/noise.ts --help` lists the flags. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { modulePath } from '../actors/module-path.ts';
import { integerFlag, namesFlag, outFlag, parseFlags } from '../src/command/flags.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { runComparison } from './comparison/comparison.ts';
import { reportNoise } from './noise/noise-report.ts';
import {
  LEVEL_NAMES,
  type LevelName,
  type NoiseResult,
  type NoiseTask,
  RULE_NAMES,
  type RuleName,
} from './noise/noise-run.ts';

/** Flags of the program. */
export interface NoiseFlags {
  readonly levels: readonly LevelName[];
  readonly rules: readonly RuleName[];
  /** Number of evaluations of a run. */
  readonly steps: number;
  /** Number of seeds, from `seed` on. */
  readonly seeds: number;
  readonly seed: number;
  readonly workers: number;
  /** Folder of the results; undefined: one named by the time. */
  readonly out?: string;
  readonly json: boolean;
}

/**
 * Reads the command line.
 *
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown flag, or a value that breaks its rule
 */
export function readNoiseFlags(argv: readonly string[], io: Pick<ProgramIo, 'name' | 'stdout'>): NoiseFlags | null {
  const command = new Command(io.name)
    .description('Compares the rules of acceptance on losses of mini-batches.')
    .addOption(namesFlag('levels', LEVEL_NAMES, LEVEL_NAMES))
    .addOption(namesFlag('rules', RULE_NAMES, RULE_NAMES))
    .addOption(integerFlag('steps', 'evaluations of a run', 1, 1e9, 15_000))
    .addOption(integerFlag('seeds', 'runs of every rule at every level', 1, 10_000, 10))
    .addOption(integerFlag('seed', 'the first seed', 0, 2 ** 52, 0))
    .addOption(integerFlag('workers', 'threads; they change no result', 1, 1024, availableParallelism()))
    .addOption(outFlag())
    .option('--json', 'print nothing but one JSON object a line for every rule and level', false);
  return parseFlags<NoiseFlags>(command, argv, io);
}

/** Makes all runs, and leaves a folder with results and figures. */
export const runNoiseComparison: Program = async (argv, io) => {
  const flags = readNoiseFlags(argv, io);
  if (flags === null) return 0;
  const comparison = {
    name: 'noise',
    tasks: listTasks(flags),
    file: modulePath(import.meta.url, './noise/noise-run'),
    exportName: 'runNoise',
    report: (results: readonly NoiseResult[]) => reportNoise(results, flags),
  };
  return await runComparison<NoiseTask, NoiseResult>(comparison, flags, io);
};

function listTasks({ levels, rules, seeds, seed: first, steps }: NoiseFlags): NoiseTask[] {
  const all = Array.from({ length: seeds }, (_, i) => first + i);
  return levels.flatMap((level) => rules.flatMap((rule) => all.map((seed) => ({ level, rule, seed, steps }))));
}

await startIfMain(import.meta, runNoiseComparison);
