import { join } from 'node:path';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import { PAPER_TABLE_1 } from '../comparison/paper-figures.ts';
import { renderCsv, renderMarkdown, renderText } from '../comparison/render-table.ts';
import { describeSearchSize, describeTraining } from '../many-runs/describe-sizes.ts';
import { listTasks, retrainingOptionsOf, searchOptionsOf, type Table1Plan, type Table1Task } from './table1-plan.ts';
import type { Table1Run } from './table1-run.ts';
import { rowsOf, type Table1Row, table1Of } from './table1-table.ts';

/** Contents of `table1.json`. */
export interface Table1File {
  readonly table: 'table1';
  readonly preset: string;
  /** Sizes of the networks, in words. */
  readonly sizes: { readonly search: string; readonly retraining: string };
  readonly seeds: readonly number[];
  /** Number of runs that are planned; `runs` lists those that are done. */
  readonly planned: number;
  readonly rows: readonly Table1Row[];
  readonly paper: typeof PAPER_TABLE_1;
  readonly runs: readonly Table1Run[];
}

/** Collects the finished parts of Table 1. */
export function table1File(plan: Table1Plan, runs: readonly Table1Run[]): Table1File {
  const [first] = listTasks(plan) as [Table1Task];
  return {
    table: 'table1',
    preset: plan.preset,
    sizes: {
      search: describeSearchSize(searchOptionsOf(plan, first)),
      retraining: describeTraining(retrainingOptionsOf(plan, STAND_IN, first.seed)),
    },
    seeds: plan.seeds,
    planned: listTasks(plan).length,
    rows: rowsOf(plan, runs),
    paper: PAPER_TABLE_1,
    runs,
  };
}

/** Writes `table1.json`, `table1.csv` and `table1.md` into the table's folder, each atomically. */
export function writeTable1(path: string, file: Table1File): void {
  const table = table1Of(file.rows);
  writeFileAtomically(join(path, 'table1.csv'), renderCsv(table));
  writeFileAtomically(join(path, 'table1.md'), `${renderMarkdown(table)}\n${captionOf(file)}\n`);
  writeFileAtomically(join(path, 'table1.json'), `${JSON.stringify(file, null, 2)}\n`);
}

/** Renders Table 1 for a terminal. */
export function textOfTable1(file: Table1File): string {
  return `${renderText(table1Of(file.rows))}${captionOf(file)}`;
}

function captionOf({ sizes, seeds, planned, rows, runs }: Table1File): string {
  const state = runs.length < planned ? ` ${runs.length} of ${planned} runs are done.` : '';
  const diverged = runs.filter(({ outcome }) => outcome === 'diverged').length;
  const lost = diverged === 0 ? '' : ` ${diverged} runs ended with a number that was not finite.`;
  const beside = PAPER_TABLE_1.some(({ method }) => rows.some((row) => row.method === method));
  const paper = beside
    ? ' The paper’s: in the setup of FairDARTS, searched with 8 cells of 16 channels, 32x32, retrained with 20 of 36.'
    : '';
  return (
    `Ours: mean ± standard deviation over seeds ${seeds.join(', ')}; searched with ${sizes.search}; ` +
    `retrained with ${sizes.retraining}, if the cells found are valid.${state}${lost}${paper}`
  );
}
