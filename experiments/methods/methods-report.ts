import { join } from 'node:path';
import { counted } from '../../src/command/format.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { renderSvg } from '../../src/report/figures/render-svg.ts';
import { renderHtml } from '../../src/report/page/render-html.ts';
import { describeStop } from '../../src/search/watches/describe-stop.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import { cellsOf, renderCsv, renderMarkdown, renderText } from '../comparison/render-table.ts';
import { describeSearchSize, describeTraining } from '../many-runs/describe-sizes.ts';
import { retrainingOptionsOf } from '../many-runs/plan-options.ts';
import { pageFigures, stillFigure } from './methods-figure.ts';
import { listMethodsTasks, type MethodsPlan, type MethodsTask, searchOptionsOf } from './methods-plan.ts';
import { describeTask, type MethodsRun } from './methods-run.ts';
import { type MethodsRow, methodsRows, methodsTable } from './methods-table.ts';

/** Writes what is done as data: the table as Markdown and CSV, and all runs as JSON, each atomically. */
export function writeMethods(path: string, plan: MethodsPlan, runs: readonly MethodsRun[]): readonly MethodsRow[] {
  const rows = methodsRows(plan, runs);
  const table = methodsTable(rows);
  const write = (name: string, contents: string): void => writeFileAtomically(join(path, name), contents);
  write('methods.csv', renderCsv(table));
  write('methods.md', `${renderMarkdown(table)}\n${notesOf(plan, runs).join('\n\n')}\n`);
  write('methods.json', `${JSON.stringify({ experiment: 'methods', plan, rows, runs }, null, 2)}\n`);
  return rows;
}

/** Draws what is done: `methods.svg`, and a page with the figures and the table. */
export async function drawMethods(path: string, plan: MethodsPlan, runs: readonly MethodsRun[]): Promise<void> {
  writeFileAtomically(join(path, 'methods.svg'), await renderSvg(stillFigure(plan, runs)));
  const table = methodsTable(methodsRows(plan, runs));
  const sections = [
    {
      heading: 'Methods by space',
      note: notesOf(plan, runs).join('\n'),
      columns: table.columns.map(({ title }) => title),
      rows: cellsOf(table),
    },
    ...pageFigures(plan, runs),
  ];
  const note =
    'A point is a cell that was retrained; triangles are methods with DSCD, gray points random cells. A click on an entry ' +
    'of a legend picks out its points; with Shift several.';
  writeFileAtomically(join(path, 'methods.html'), renderHtml('Search methods in several spaces', sections, note));
}

/** Renders the table for a terminal. @param columns its width. @default infinite */
export function textOfMethods(plan: MethodsPlan, runs: readonly MethodsRun[], columns = Infinity): string {
  return `${renderText(methodsTable(methodsRows(plan, runs)), columns)}\n${notesOf(plan, runs).join('\n')}`;
}

/** What a reader of the table should know, in paragraphs. */
function notesOf(plan: MethodsPlan, runs: readonly MethodsRun[]): string[] {
  const tasks = listMethodsTasks(plan);
  const [first] = tasks as [MethodsTask];
  const state = runs.length < tasks.length ? ` ${runs.length} of ${tasks.length} runs are done.` : '';
  const size = `${counted(plan.epochs, 'epoch')} with ${describeSearchSize(searchOptionsOf(plan, first))}`;
  const training = describeTraining(retrainingOptionsOf(plan, STAND_IN, 0));
  const random = plan.spaces.some(({ randomSeeds }) => randomSeeds.length > 0)
    ? ['Random: cells of the space that are drawn as method random draws them, and retrained without a search.']
    : [];
  return [
    `Mean ± standard deviation over seeds ${plan.seeds.join(', ')}. Valid counts the degenerate, which use fewer than half of ` +
      'the nodes. Skips: skip connections of the normal cell. Eigenvalue: the largest of the Hessian in alpha, the last that was taken; ' +
      'methods that draw mixing weights have none. The seconds are those of the steps of a search beside the others, and ' +
      'differ each time. ' +
      `Searched for ${size}; retrained with ${training}, if the cells found are valid.${state}`,
    ...random,
    ...thresholdNote(plan),
    ...stops(runs),
    ...failures(runs, 'invalid', 'Invalid'),
    ...failures(runs, 'diverged', 'Ended with a number that was not finite'),
  ];
}

/** Says which thresholds operations had to reach. */
function thresholdNote(plan: MethodsPlan): string[] {
  const thresholds = listMethodsTasks(plan).flatMap(({ method, ...task }) => {
    const { threshold } = searchOptionsOf(plan, { ...task, method });
    return threshold === null ? [] : [`${threshold} (${method})`];
  });
  if (thresholds.length === 0) return [];
  return [
    `Least mixing weight of an operation, the method’s own in every space: ${[...new Set(thresholds)].join(', ')}. The ` +
      'operations of an edge reach it or fail it apart, so that it means the same for two operations as for seven.',
  ];
}

/** Lists the searches that ended before their last epoch, each with the reason. */
function stops(runs: readonly MethodsRun[]): string[] {
  const lines = runs.flatMap((run) => (run.stopped ? [`${describeTask(run)} (${describeStop(run.stopped)})`] : []));
  return lines.length === 0 ? [] : [`Ended before the last epoch: ${lines.join('; ')}.`];
}

/** Lists the runs that ended so, each with its reason. */
function failures(runs: readonly MethodsRun[], outcome: MethodsRun['outcome'], title: string): string[] {
  const lost = runs.filter((run) => run.outcome === outcome);
  return lost.length === 0
    ? []
    : [`${title}: ${lost.map((run) => `${describeTask(run)} (${run.reason})`).join('; ')}.`];
}
