import { join } from 'node:path';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { renderSvg } from '../../src/report/figures/render-svg.ts';
import { renderHtml } from '../../src/report/page/render-html.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import type { ReferenceFile } from '../comparison/reference-curve.ts';
import { renderCsv, renderMarkdown, renderText } from '../comparison/render-table.ts';
import { describeSearchSize, describeTraining } from '../many-runs/describe-sizes.ts';
import { retrainingOptionsOf } from '../many-runs/plan-options.ts';
import type { CellRun } from './cell-run.ts';
import { lossFigure, signalFigure, sizeFigure } from './signal-figure.ts';
import { cellOptionsOf, type SignalPlan } from './signal-plan.ts';
import { type SignalRow, signalRows, type TrainedCell, trainedCells } from './signal-rows.ts';
import { signalTable } from './signal-table.ts';
import type { SupernetRun } from './supernet-run.ts';
import { VIEW_TITLES, VIEWS } from './supernet-view.ts';

/** Contents of `signal.json`. */
export interface SignalFile {
  readonly experiment: 'signal';
  readonly plan: SignalPlan;
  /** Sizes of supernets and retrained networks, in words. */
  readonly sizes: { readonly supernet: string; readonly retraining: string };
  readonly rows: readonly SignalRow[];
  /** Cells whose retrainings are done. */
  readonly cells: readonly TrainedCell[];
  /** Losses of all cells that were drawn, also those of cells that are not retrained yet. */
  readonly supernets: readonly SupernetRun[];
  /** Sentences about runs that ended with a number that was not finite. */
  readonly diverged: readonly string[];
}

/** Collects the finished parts of the experiment. */
export function signalFile(
  plan: SignalPlan,
  cellRuns: readonly CellRun[],
  supernets: readonly SupernetRun[],
): SignalFile {
  const cells = trainedCells(plan, cellRuns);
  return {
    experiment: 'signal',
    plan,
    sizes: {
      supernet: describeSearchSize(cellOptionsOf(plan)),
      retraining: describeTraining(retrainingOptionsOf(plan, STAND_IN, 0)),
    },
    rows: signalRows(plan, cells, supernets),
    cells,
    supernets,
    diverged: [...supernets, ...cellRuns].flatMap(({ folder, reason }) =>
      reason === null ? [] : [`${folder}: ${reason}`],
    ),
  };
}

/** Random cells to compare a searched cell with. */
function referencesOf({ cells, sizes }: SignalFile): ReferenceFile {
  return {
    training: sizes.retraining,
    references: cells.map(({ cell, parameters, accuracy }) => ({ cell, parameters, accuracy })),
  };
}

/** Writes tables and references into the experiment's folder, each file atomically. */
export function writeSignal(path: string, file: SignalFile): void {
  const write = (name: string, contents: string): void => writeFileAtomically(join(path, name), contents);
  const table = signalTable(file.rows);
  write('references.json', `${JSON.stringify(referencesOf(file), null, 2)}\n`);
  write('signal.csv', renderCsv(table));
  write('signal.md', `${renderMarkdown(table)}\n${captionOf(file)}\n`);
  write('signal.json', `${JSON.stringify(file, null, 2)}\n`);
}

/** Writes the figures: `signal.svg` for paper, and a page with every view and age. */
export async function writeSignalFigures(path: string, file: SignalFile): Promise<void> {
  const { plan, cells, supernets } = file;
  if (cells.length === 0) return;
  const sections = [
    { heading: 'Accuracy over the number of parameters', spec: sizeFigure(plan, cells, 'interactive') },
    ...VIEWS.toReversed().flatMap((view) =>
      plan.ages.toReversed().map((age) => ({
        heading: `Accuracy over the loss at age ${age}: ${VIEW_TITLES[view]}`,
        spec: lossFigure(plan, cells, supernets, { age, view }, 'interactive'),
      })),
    ),
  ];
  writeFileAtomically(join(path, 'signal.svg'), await renderSvg(signalFigure(plan, cells, supernets)));
  writeFileAtomically(join(path, 'signal.html'), renderHtml('Is the signal there?', sections, captionOf(file)));
}

/** Renders the table for a terminal that is some columns wide. */
export function textOfSignal(file: SignalFile, columns: number): string {
  return `${renderText(signalTable(file.rows), columns)}${captionOf(file)}`;
}

function captionOf({ plan, cells, sizes, diverged }: SignalFile): string {
  const lost = diverged.length === 0 ? '' : ` Not finite: ${diverged.join('; ')}.`;
  const seeds = plan.retrainingSeeds.length === 1 ? 'one seed' : `${plan.retrainingSeeds.length} seeds`;
  return (
    `Spearman’s rho between minus the loss on a supernet and the retrained test accuracy of ${cells.length} of ` +
    `${plan.cells} random cells (seeds from ${plan.firstSeed} on), mean over the supernets; the 95% interval resamples ` +
    `the cells. Size fixed: with the number of parameters held fixed. Supernets: ${sizes.supernet}; ` +
    `${plan.miniBatches} mini-batches a loss. Retrained with ${seeds}: ${sizes.retraining}.${lost}`
  );
}
