import { Command } from 'commander';
import { outFlag, parseFlags } from '../../src/command/flag-values.ts';
import { OptionsError } from '../../src/options/options-error.ts';

/** What the command line of `experiments/table2.ts` says. */
export interface Table2Flags {
  /** Folder of a Table 1. */
  readonly table1?: string;
  /** Folders of searches and retrainings. */
  readonly runs?: readonly string[];
  /** undefined: named by the time. */
  readonly out?: string;
  readonly json: boolean;
}

/**
 * Reads the command line of `experiments/table2.ts`.
 *
 * @param argv arguments after the program's name
 * @returns null where help was asked for and has been printed
 * @throws OptionsError for an unknown flag, or an empty folder's name
 */
export function readTable2Flags(argv: readonly string[]): Table2Flags | null {
  const command = new Command('table2')
    .description('Makes Table 2 of the paper: parameters, multiply-adds and accuracy of what was published and found.')
    .option('--table1 <dir>', 'folder of a Table 1, done or not: what it found, with its accuracies')
    .option('--runs <dirs...>', 'folders of searches and retrainings: the same of them')
    .addOption(outFlag())
    .option('--json', 'one JSON object a row on standard output, and nothing else', false);
  const flags = parseFlags<Table2Flags>(command, argv);
  for (const path of [flags?.table1, ...(flags?.runs ?? [])]) {
    if (path === '') throw new OptionsError('table1 and runs must name folders, got an empty name');
  }
  return flags;
}
