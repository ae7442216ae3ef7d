import { join } from 'node:path';
import { counted } from '../../src/command/format.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { renderSvg } from '../../src/report/figures/render-svg.ts';
import { renderHtml } from '../../src/report/page/render-html.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import { cellsOf, renderCsv, renderMarkdown, renderText } from '../comparison/render-table.ts';
import { describeSearchSize, describeTraining } from '../many-runs/describe-sizes.ts';
import { describeBand, pageFigures, stillFigures } from './collapse-figures.ts';
import {
  type CollapsePlan,
  type CollapseTask,
  listCollapseTasks,
  retrainingsOf,
  searchOptionsOf,
} from './collapse-plan.ts';
import type { WatchedRun } from './collapse-run.ts';
import { type CollapseRow, collapseRows, collapseTable } from './collapse-table.ts';

/** Writes what is done as data: `collapse.jsonl`, a line for each run and epoch, and the table in three forms. */
export function writeCollapse(path: string, plan: CollapsePlan, runs: readonly WatchedRun[]): readonly CollapseRow[] {
  const rows = collapseRows(plan, runs);
  const table = collapseTable(plan, rows);
  const lines = runs.flatMap(({ run: { variant, seed }, epochs }) =>
    epochs.map((epoch) => ({ variant, seed, ...epoch })),
  );
  const file = { experiment: 'collapse', plan, rows, runs: runs.map(({ run }) => run) };
  const write = (name: string, contents: string): void => writeFileAtomically(join(path, name), contents);
  write('collapse.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  write('collapse.csv', renderCsv(table));
  write('collapse.md', `${renderMarkdown(table)}\n${captionOf(plan, runs)}\n`);
  write('collapse.json', `${JSON.stringify(file, null, 2)}\n`);
  return rows;
}

/** Draws what is done: still figures, and a page with all figures and the table. */
export async function drawCollapse(path: string, plan: CollapsePlan, runs: readonly WatchedRun[]): Promise<void> {
  for (const [name, figure] of Object.entries(stillFigures(plan, runs))) {
    writeFileAtomically(join(path, name), await renderSvg(figure));
  }
  const table = collapseTable(plan, collapseRows(plan, runs));
  const sections = [
    {
      heading: 'Variants',
      rows: plan.variants.map(({ name, summary }) => [name, summary]),
    },
    {
      heading: 'After the last epoch',
      note: captionOf(plan, runs),
      columns: table.columns.map(({ title }) => title),
      rows: cellsOf(table),
    },
    ...pageFigures(plan, runs),
  ];
  const note =
    `Lines and bands: ${describeBand(plan)}. Epoch 0 is the start. ` +
    'A click on an entry of a legend picks out its line; with Shift several.';
  writeFileAtomically(join(path, 'collapse.html'), renderHtml('Collapse of cells in a search', sections, note));
}

/** Renders the table for a terminal that is some columns wide. */
export function textOfCollapse(
  plan: CollapsePlan,
  rows: readonly CollapseRow[],
  runs: readonly WatchedRun[],
  columns: number,
): string {
  return `${renderText(collapseTable(plan, rows), columns)}${captionOf(plan, runs)}`;
}

function captionOf(plan: CollapsePlan, runs: readonly WatchedRun[]): string {
  const tasks = listCollapseTasks(plan);
  const [first] = tasks as [CollapseTask];
  const state = runs.length < tasks.length ? ` ${runs.length} of ${tasks.length} runs are done.` : '';
  const diverged = runs.filter(({ run }) => run.outcome === 'diverged').length;
  const lost = diverged === 0 ? '' : ` ${diverged} runs ended with a number that was not finite.`;
  const [training] = retrainingsOf(plan, STAND_IN, 0);
  const retrained = training === undefined ? '' : `; retrained with ${describeTraining(training)}`;
  return (
    `Mean ± standard deviation over seeds ${plan.seeds.join(', ')}: mean mixing weight of the normal cell after some epochs, ` +
    'and after the last epoch discretized and that of the reduction cell; operations and used nodes of the normal cell; ' +
    'length of the path of alpha, accepted proposals and returns of the whole search. ' +
    `Searched for ${counted(plan.epochs, 'epoch')} with ${describeSearchSize(searchOptionsOf(plan, first))}${retrained}.${state}${lost}`
  );
}
