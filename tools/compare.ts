/**
 * `node tools/compare.ts RUN RUN [--decisions] [--json]`: in what two runs' configurations differ, and where their
 * traces first do, times apart. Exit code 0 says that the traces are the same, 1 that they differ, 2 that they cannot
 * be compared. `--decisions` leaves out transitions and recoveries: a run that was resumed, or recovered, makes the same
 * decisions with others.
 */
import { Command } from 'commander';
import { exitWith } from '../src/command/exit.ts';
import { compareRuns, formatComparison } from './compare/compare-runs.ts';

interface Flags {
  readonly decisions: boolean;
  readonly json: boolean;
}

const command = new Command('compare')
  .description('Says in what two runs differ: their configurations, and the first line of their traces that does.')
  .argument('<first>', 'folder of a run')
  .argument('<second>', 'folder of another')
  .option('--decisions', 'leave out transitions and recoveries', false)
  .option('--json', 'the differences as JSON', false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();
const { decisions, json } = command.opts<Flags>();

try {
  const comparison = compareRuns(command.args as [string, string], decisions ? 'decisions' : 'all');
  process.stdout.write(json ? `${JSON.stringify(comparison, null, 2)}\n` : formatComparison(comparison));
  process.exitCode = comparison.traces.difference === null ? 0 : 1;
} catch (error) {
  exitWith(error);
}
