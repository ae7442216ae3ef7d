#!/usr/bin/env node
/**
 * Makes Table 2 of the paper: parameters, multiply-adds and accuracy of published architectures and of those found.
 * `node experiments/table2.ts --help` lists the flags.
 */
import { join } from 'node:path';
import { Command } from 'commander';
import { outFlag, parseFlags } from '../src/command/flags.ts';
import { defaultFolder } from '../src/command/job-program.ts';
import { columnsOf, print } from '../src/command/print.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { writeFileAtomically } from '../src/record/atomic-file.ts';
import { distinctRuns } from '../src/record/distinct-runs.ts';
import { makeFolder } from '../src/record/run-folder.ts';
import { renderCsv, renderMarkdown, renderText } from './comparison/render-table.ts';
import { type FoundGenotype, readRun, readTable1 } from './table2/found-genotypes.ts';
import { COUNTED_SIZE, table2Of, table2Rows } from './table2/table2-table.ts';

const NOTE =
  `Weights and multiply-adds are exact counts at ${COUNTED_SIZE.layers} cells of ${COUNTED_SIZE.channels} channels, 32x32; several networks ` +
  'are shown by mean ± standard deviation. With head: with the auxiliary head, which the published weights of FairDARTS ' +
  'include; those of DARTS and DARTS- do not. By rule: by the rule of published FLOPs, which counts a little more than ' +
  'multiply-adds; published FLOPs are these, cut to whole millions. With norms: with batch norms, by which the five ' +
  'genotypes of DARTS- have its published FLOPs on average. FairDARTS_a does not reach its published 373 M. Our test ' +
  'accuracies are those of networks trained here. They compare with each other if the training is the same, and not ' +
  'with the paper’s.';

/** Flags of the program. */
interface Table2Flags {
  /** Folder of a Table 1. */
  readonly table1?: string;
  /** Folders of searches and retrainings. */
  readonly runs?: readonly string[];
  /** Folder of the results; undefined: one named by the time. */
  readonly out?: string;
  readonly json: boolean;
}

/**
 * Reads the command line.
 *
 * @returns null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown flag, or an empty folder's name
 */
export function readTable2Flags(argv: readonly string[], io: Pick<ProgramIo, 'name' | 'stdout'>): Table2Flags | null {
  const command = new Command(io.name)
    .description('Makes Table 2 of the paper: parameters, multiply-adds and accuracy of what was published and found.')
    .option('--table1 <dir>', 'folder of a Table 1, finished or not, whose genotypes and accuracies are added')
    .option(
      '--runs <dirs...>',
      'folders of searches and retrainings, whose genotypes and accuracies are added, each once',
    )
    .addOption(outFlag())
    .option('--json', 'print nothing but one JSON object a row', false);
  const flags = parseFlags<Table2Flags>(command, argv, io);
  for (const path of [flags?.table1, ...(flags?.runs ?? [])]) {
    if (path === '') throw new OptionsError('table1 and runs must name folders, got an empty name');
  }
  return flags;
}

/** Counts all networks, and leaves a folder with the table. */
export const runTable2: Program = async (argv, io) => {
  const flags = readTable2Flags(argv, io);
  if (flags === null) return 0;
  const { table1, runs = [], out = defaultFolder(), json } = flags;
  const found: FoundGenotype[] = [
    ...(table1 === undefined ? [] : readTable1(table1)),
    ...distinctRuns(runs).map(readRun),
  ];
  const rows = table2Rows(found);
  const table = table2Of(rows);
  makeFolder(out);
  const write = (name: string, text: string): void => writeFileAtomically(join(out, name), text);
  write('table2.md', `${renderMarkdown(table)}\n${NOTE}\n`);
  write('table2.csv', renderCsv(table));
  write('table2.json', `${JSON.stringify({ table: 'table2', countedSize: COUNTED_SIZE, rows }, null, 2)}\n`);
  if (json) io.stdout.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  else print(io.stdout, `${renderText(table, columnsOf(io.stdout))}\n${NOTE}\n\nfiles of the table: ${out}\n`);
  return 0;
};

await startIfMain(import.meta, runTable2);
