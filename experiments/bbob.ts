#!/usr/bin/env node
/** Compares the optimizers on the 24 functions of BBOB: `node experiments/bbob.ts --help` lists the flags. */
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { modulePath } from '../actors/module-path.ts';
import { integerFlag, integersFlag, namesFlag, outFlag, parseFlags } from '../src/command/flags.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { METHOD_NAMES, type MethodName } from '../src/optimize/minimize/create-optimizer.ts';
import { BBOB_FUNCTIONS } from '../src/optimize/test-functions/bbob/bbob.ts';
import { reportBbob } from './bbob/bbob-report.ts';
import type { BbobResult, BbobTask } from './bbob/bbob-run.ts';
import { runComparison } from './comparison/comparison.ts';

interface BbobFlags {
  readonly dimensions: readonly number[];
  readonly functions: readonly number[];
  readonly methods: readonly MethodName[];
  /** Evaluations of a run for each coordinate. */
  readonly budget: number;
  /** Number of seeds, and of instances. */
  readonly seeds: number;
  readonly workers: number;
  /** Folder of the results; undefined: one named by the time. */
  readonly out?: string;
  /** Folder of an interrupted comparison. */
  readonly resume?: string;
  readonly json: boolean;
}

/** Those that need no gradient, which BBOB does not give. */
const DEFAULT_METHODS: readonly MethodName[] = ['dscd', 'cma-es', 'uniform'];

/** Makes all runs, and leaves a folder with results and figures. */
export const runBbobComparison: Program = async (argv, io) => {
  const all = Array.from({ length: BBOB_FUNCTIONS }, (_, i) => i + 1);
  const command = new Command(io.name)
    .description('Compares the optimizers on the 24 noiseless functions of COCO’s benchmark BBOB.')
    .addOption(
      integersFlag('dimensions', 'numbers', 'coordinates of the functions', 2, 40).default([5, 10, 40], '5,10,40'),
    )
    .addOption(integersFlag('functions', 'numbers', 'numbers of the functions', 1, BBOB_FUNCTIONS).default(all, 'all'))
    .addOption(namesFlag('methods', METHOD_NAMES, DEFAULT_METHODS))
    .addOption(integerFlag('budget', 'evaluations of a run for each coordinate', 2, 1e7, 1000))
    .addOption(integerFlag('seeds', 'runs of a method on a function, each on an instance of its own', 1, 1000, 5))
    .addOption(integerFlag('workers', 'threads; they change no result', 1, 1024, availableParallelism()))
    .addOption(outFlag().conflicts('resume'))
    .addOption(new Option('--resume <dir>', 'go on with an interrupted comparison: give the same flags, or more seeds'))
    .option('--json', 'print nothing but one JSON object a line for every function and method', false);
  const flags = parseFlags<BbobFlags>(command, argv, io);
  if (flags === null) return 0;
  const comparison = {
    name: 'bbob',
    tasks: listTasks(flags),
    file: modulePath(import.meta.url, './bbob/bbob-run'),
    exportName: 'runBbob',
    report: (results: readonly BbobResult[]) => reportBbob(results),
    isResumable: true,
  };
  return await runComparison<BbobTask, BbobResult>(comparison, flags, io);
};

function listTasks({ dimensions, functions, methods, budget, seeds }: BbobFlags): BbobTask[] {
  return dimensions.flatMap((dimension) =>
    functions.flatMap((number) =>
      methods.flatMap((method) =>
        Array.from({ length: seeds }, (_, seed) => ({
          function: number,
          dimension,
          method,
          seed,
          evaluations: budget * dimension,
        })),
      ),
    ),
  );
}

await startIfMain(import.meta, runBbobComparison);
