#!/usr/bin/env node
/**
 * Table 1 of the paper: search accuracies, and the accuracy of what was found, over search lengths and seeds.
 * `node experiments/table1.ts --help` lists the flags.
 */
import { existsSync } from 'node:fs';
import { exitWith } from '../src/command/exit.ts';
import { Interruption } from '../src/command/interruption.ts';
import { defaultFolder, runProgram } from '../src/command/run-program.ts';
import { makeTable1 } from './table1/make-table1.ts';
import { checkSameData, createTableFolder, lockTableFolder, openTableFolder } from './table1/table-folder.ts';
import { readTable1CommandLine, type Table1CommandLine } from './table1/table1-flags.ts';
import { planTable1, readRecordedPlan } from './table1/table1-plan.ts';

const TABLE = 'table1';

const interruption = new Interruption();
try {
  const command = readTable1CommandLine(process.argv.slice(2));
  if (command !== null) await run(command);
} catch (error) {
  exitWith(error);
}

async function run({ preset, request, ...flags }: Table1CommandLine): Promise<void> {
  const { resume, out } = flags;
  // Before the data is fetched: a mistake in the options should show at once.
  const config = resume === undefined ? null : openTableFolder(resume, TABLE);
  const plan = config === null ? planTable1(preset, request) : readRecordedPlan(config.plan);
  const overrides = config === null ? {} : request;
  const path = resume ?? out ?? defaultFolder();
  // The folder that the pictures came from, where it still exists.
  const source = config !== null && existsSync(config.data.source) ? { data: config.data.source } : {};
  const program = { name: `node experiments/${TABLE}.ts`, interruption, flags: { ...source, ...flags }, path };
  await runProgram({ ...program, config: null }, async (tools) => {
    if (config === null) createTableFolder(path, TABLE, plan, tools.data);
    else checkSameData(path, config, tools.data);
    const unlock = lockTableFolder(path);
    try {
      return await makeTable1(path, plan, overrides, tools);
    } finally {
      unlock();
    }
  });
}
