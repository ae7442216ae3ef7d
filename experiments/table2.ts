#!/usr/bin/env node
/**
 * Table 2 of the paper: parameters, multiply-adds and accuracy of the architectures that were published and found.
 * `node experiments/table2.ts --help` lists the flags.
 */
import { join } from 'node:path';
import { exitWith } from '../src/command/exit.ts';
import { Interruption } from '../src/command/interruption.ts';
import { defaultFolder } from '../src/command/run-program.ts';
import { writeFileAtomically } from '../src/record/atomic-file.ts';
import { makeFolder } from '../src/record/run-folder.ts';
import { type FoundGenotype, readRun, readTable1 } from './table2/found-genotypes.ts';
import { readTable2Flags, type Table2Flags } from './table2/table2-flags.ts';
import { COUNTED_SIZE, table2Rows } from './table2/table2-rows.ts';
import { table2Of } from './table2/table2-table.ts';
import { renderCsv, renderMarkdown, renderText } from './tables/render-table.ts';

const NOTE =
  `Weights and multiply-adds are counted at ${COUNTED_SIZE.layers} cells of ${COUNTED_SIZE.channels} channels, 32x32, exactly; of ` +
  'several networks, mean ± standard deviation. With head: with the auxiliary head, as the published weights of ' +
  'FairDARTS are; those of DARTS and DARTS- are without. By rule: by the rule of published FLOPs, which counts a little ' +
  'more than multiply-adds; these are cut to whole millions. With norms: batch norms too, which is how the mean of the ' +
  'five genotypes of DARTS- comes to its FLOPs. The 373 M of FairDARTS_a are not reached. A test accuracy of ours ' +
  'stands only where a network was trained: it compares with others that were trained alike, not with the paper’s.';

const interruption = new Interruption();
try {
  const flags = readTable2Flags(process.argv.slice(2));
  if (flags !== null) await run(flags);
} catch (error) {
  exitWith(error);
}

async function run({ table1, runs = [], out = defaultFolder(), json }: Table2Flags): Promise<void> {
  const found: FoundGenotype[] = [...(table1 === undefined ? [] : readTable1(table1)), ...runs.map(readRun)];
  const rows = table2Rows(found);
  const table = table2Of(rows);
  makeFolder(out);
  const write = (name: string, text: string): void => writeFileAtomically(join(out, name), text);
  write('table2.md', `${renderMarkdown(table)}\n${NOTE}\n`);
  write('table2.csv', renderCsv(table));
  write('table2.json', `${JSON.stringify({ table: 'table2', countedSize: COUNTED_SIZE, rows }, null, 2)}\n`);
  const text = json
    ? rows.map((row) => `${JSON.stringify(row)}\n`).join('')
    : `${renderText(table)}\n${NOTE}\n\nfiles of the table: ${out}\n`;
  await new Promise((written) => process.stdout.write(text, written));
  if (interruption.outputError !== null) exitWith(interruption.outputError);
}
