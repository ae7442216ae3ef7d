import { join } from 'node:path';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import type { TrainingSpread } from '../comparison/differences.ts';
import { PAPER_TABLE_1 } from '../comparison/paper-figures.ts';
import { renderCsv, renderMarkdown, renderText } from '../comparison/render-table.ts';
import { describeSearchSize, describeTraining } from '../many-runs/describe-sizes.ts';
import { retrainingOptionsOf } from '../many-runs/plan-options.ts';
import { listSearches, listTasks, type SearchTask, searchOptionsOf, type Table1Plan } from './table1-plan.ts';
import { BASELINE, lineOf, retrainingSpreadOf, rowsOf, type Table1Row } from './table1-rows.ts';
import type { Table1Run } from './table1-run.ts';
import { table1Of } from './table1-table.ts';

/** Contents of `table1.json`. */
export interface Table1File {
  readonly table: 'table1';
  readonly preset: string;
  /** Sizes of the networks, in words. */
  readonly sizes: { readonly search: string; readonly retraining: string };
  readonly variants: readonly { readonly name: string; readonly summary: string }[];
  readonly seeds: readonly number[];
  /** Retrainings of every cell, and how far those of one cell differ, in points. */
  readonly retrainings: number;
  readonly retrainingSpread: TrainingSpread | null;
  /** Number of random cells that the others are compared with, and the file that lists those of another experiment. */
  readonly random: { readonly cells: number; readonly references: string | null };
  /** Number of runs that are planned; `runs` lists those that are done. */
  readonly planned: number;
  readonly rows: readonly Table1Row[];
  readonly paper: typeof PAPER_TABLE_1;
  readonly runs: readonly Table1Run[];
}

/** Collects the finished parts of Table 1. */
export function table1File(plan: Table1Plan, runs: readonly Table1Run[]): Table1File {
  const [first] = listSearches(plan) as [SearchTask];
  return {
    table: 'table1',
    preset: plan.preset,
    sizes: {
      search: describeSearchSize(searchOptionsOf(plan, first)),
      retraining: describeTraining(retrainingOptionsOf(plan, STAND_IN, first.seed)),
    },
    variants: plan.variants.map(({ name, summary }) => ({ name, summary })),
    seeds: plan.seeds,
    retrainings: plan.retrainings,
    retrainingSpread: retrainingSpreadOf(runs),
    random: { cells: lineOf(plan, runs)?.count ?? 0, references: plan.references?.file ?? null },
    planned: listTasks(plan).length,
    rows: rowsOf(plan, runs),
    paper: PAPER_TABLE_1,
    runs,
  };
}

/** Writes `table1.json`, `table1.csv` and `table1.md` into the table's folder, each atomically. */
export function writeTable1(path: string, file: Table1File): void {
  const { search, retraining, whole } = table1Of(file.rows);
  const halves = `${renderMarkdown(search)}\n${renderMarkdown(retraining)}`;
  writeFileAtomically(join(path, 'table1.csv'), renderCsv(whole));
  writeFileAtomically(join(path, 'table1.md'), `${halves}\n${notesOf(file).join('\n\n')}\n`);
  writeFileAtomically(join(path, 'table1.json'), `${JSON.stringify(file, null, 2)}\n`);
}

/** Renders Table 1 for a terminal. @param columns its width. @default infinite */
export function textOfTable1(file: Table1File, columns = Infinity): string {
  const { search, retraining } = table1Of(file.rows);
  return `${renderText(search, columns)}\n${renderText(retraining, columns)}\n${notesOf(file).join('\n')}`;
}

/** What a reader of the table should know, in paragraphs. */
function notesOf(file: Table1File): string[] {
  const { sizes, seeds, planned, rows, runs, variants, retrainings, retrainingSpread } = file;
  const state = runs.length < planned ? ` ${runs.length} of ${planned} runs are done.` : '';
  const diverged = runs.filter(({ outcome }) => outcome === 'diverged').length;
  const lost = diverged === 0 ? '' : ` ${diverged} runs ended with a number that was not finite.`;
  const times = retrainings === 1 ? '' : `, ${retrainings} times each`;
  const again =
    retrainingSpread === null
      ? ''
      : ` Trained again, a cell differs by ${retrainingSpread.sd.toFixed(2)} points ` +
        `(standard deviation, of ${retrainingSpread.cells} cells).`;
  const beside = PAPER_TABLE_1.some(({ method }) => rows.some((row) => row.method === method));
  const paper =
    'The paper’s: in the setup of FairDARTS, searched with 8 cells of 16 channels, 32x32, retrained with 20 of 36.';
  return [
    `Ours: mean ± standard deviation over seeds ${seeds.join(', ')}; operations and used nodes: median of the normal ` +
      'cells. Valid counts the degenerate, which use fewer than half of the nodes. Searched with ' +
      `${sizes.search}; retrained with ${sizes.retraining}${times}, if the cells found are valid.${state}${lost}`,
    describeDifferences(file) + again,
    ...(beside ? [paper] : []),
    `Variants: ${variants.map(({ name, summary }) => `${name}: ${summary}`).join('; ')}.`,
  ];
}

/** Says what the differences are, and what they carry. */
function describeDifferences({ random: { cells, references }, rows }: Table1File): string {
  const source = references === null ? '' : `, with those of ${references}`;
  const toRandom =
    cells === 0
      ? 'There are too few random cells to compare with.'
      : `To random: points above the line of accuracy over the logarithm of the weights through ${cells} random ` +
        `cells${source}; outside: cells smaller or larger than all of them, for which the line is only continued.`;
  const paired = rows.some(({ toBaseline }) => toBaseline?.paired)
    ? ` To ${BASELINE}: at the same length, by the same seeds where at least two can be compared.`
    : ` To ${BASELINE}: at the same length.`;
  const verdict =
    ' In brackets the 95% t interval, whose width falls with the number of cells n; above and below where it excludes ' +
    '0, else -. Cells that are invalid have no accuracy and do not count.';
  return toRandom + paired + verdict;
}
