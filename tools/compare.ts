/**
 * `node tools/compare.ts RUN RUN [--decisions] [--json]`: shows the differences of two runs' configurations, and the
 * first line in which their traces differ, times apart. Exit code 0 means that the traces are the same, 1 that they
 * differ, 2 that they cannot be compared. `--decisions` leaves out transitions and recoveries: a run that was resumed,
 * or recovered, makes the same decisions with other transitions.
 */
import { Command } from 'commander';
import { addExamples, parseFlags } from '../src/command/flags.ts';
import { print } from '../src/command/print.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { compareRuns, formatComparison } from './compare/compare-runs.ts';

interface Flags {
  readonly decisions: boolean;
  readonly json: boolean;
}

const EXAMPLES = [
  ['runs/ONE runs/TWO', 'show where two runs first differ'],
  ['runs/ONE runs/TWO --decisions', 'compare a run with one that was interrupted and resumed'],
] as const;

/** Prints the differences of two runs. */
export const runCompare: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description('Shows the differences of two runs: in their configurations, and in the first line of their traces.')
    .argument('<first>', 'folder of a run')
    .argument('<second>', 'folder of another run')
    .option('--decisions', 'leave out transitions and recoveries', false)
    .option('--json', 'print the differences as JSON', false);
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const comparison = compareRuns(command.processedArgs as [string, string], flags.decisions ? 'decisions' : 'all');
  if (flags.json) io.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
  else print(io.stdout, formatComparison(comparison));
  return comparison.traces.difference === null ? 0 : 1;
};

await startIfMain(import.meta, runCompare);
