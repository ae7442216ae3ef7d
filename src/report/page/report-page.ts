import { writeFileAtomically } from '../../record/atomic-file.ts';
import { type Run, readRun } from '../../record/read-run.ts';
import { runFiles } from '../../record/run-folder.ts';
import { COLLAPSE_RULE, describeCollapse } from '../../search/collapse-sign.ts';
import { lifeOfRecord, type RecordedLife } from '../../search/life-of-cells.ts';
import { LIFE_COLUMNS, lifeTable } from '../../search/life-table.ts';
import { isMethodName } from '../../search/methods.ts';
import { EDGE_WEIGHT } from '../../search/recorded-alpha.ts';
import { listColumns } from '../../space/cell-table.ts';
import { MOMENT } from '../figures/figure-parts.ts';
import { mixingHistory, mixingWeightsFigure } from '../figures/mixing-weights-figure.ts';
import { proposalsFigure, statesFigure } from '../figures/trace-figures.ts';
import { betaSection } from './beta-section.ts';
import { choicesSections } from './choices-section.ts';
import type { PageSection } from './page-section.ts';
import { predictionSections } from './prediction-sections.ts';
import { projectionSections } from './projections-section.ts';
import { renderHtml } from './render-html.ts';
import { reproduceCommand } from './reproduce-command.ts';
import { resultCard } from './result-card.ts';
import { cellsOf, type RunCells } from './run-cells.ts';
import { runCurves } from './run-curves.ts';
import { factsSection, optionsSection, progressOf } from './run-facts.ts';

/**
 * Writes `report.html` into a run folder. The run may still be live.
 *
 * @returns path of the report
 * @throws RunFolderError if the folder holds no run
 */
export async function writeReport(folder: string): Promise<string> {
  const path = runFiles(folder).report;
  writeFileAtomically(path, await reportPage(readRun(folder)));
  return path;
}

/**
 * Makes the self-contained report of a run. Sections without data are left out.
 *
 * @returns HTML
 */
export async function reportPage(run: Run): Promise<string> {
  const told = lifeOfRecord(run.record.options, run.alphas);
  const found = cellsOf(run, told);
  const sections: PageSection[] = [
    await resultCard(run, found),
    ...(run.predictions === null ? [] : predictionSections(run.predictions)),
    ...(run.projections.length > 0 ? projectionSections(run.projections) : choiceSections(found)),
    ...runCurves(run.epochs),
    ...mixingSections(run),
    ...lifeSections(told),
    ...proposalSections(run),
    ...stateSections(run),
    factsSection(run),
    ...commandSections(run),
    optionsSection(run),
  ];
  return renderHtml(`${nameOf(run)}: ${run.name}`, sections, noteOf(run));
}

function choiceSections(found: RunCells | null): PageSection[] {
  return found === null ? [] : choicesSections(found);
}

function nameOf({ record: { job, options } }: Run): string {
  return job === 'retraining' ? 'Retraining' : `Search by ${typeof options.method === 'string' ? options.method : '?'}`;
}

function noteOf(run: Run): string {
  const gaps = run.gaps.length === 0 ? '' : `\nNot shown: ${run.gaps.join('; ')}.`;
  return `${progressOf(run)}.${gaps}`;
}

function mixingSections({ alphas, record: { options } }: Run): PageSection[] {
  const heading = 'All mixing weights';
  const history = mixingHistory(alphas, options);
  if (history === null) {
    const { method } = options;
    if (alphas.length === 0 || typeof method !== 'string' || isMethodName(method)) return [];
    const note = `The method ${method} is not one of this library. The record keeps only its name, so that mixing weights cannot be told from alpha.`;
    return [{ heading, note }];
  }
  const { normal, reduce } = history.names;
  const rows = [...normal, ...reduce];
  const differ = rows.some((row) => row.length < listColumns(rows).length);
  const note =
    'Mixing weights of both cells: a row per edge, a column per operation. The slider moves through the epochs.' +
    (differ ? ' A place is blank if the edge has no such operation.' : '') +
    (rows[0]?.includes(EDGE_WEIGHT) ? ' The weight of an edge is the sum of those of its operations.' : '') +
    (options.deriveBy === 'projection' ? ' They are alpha’s, without the decisions of the projections.' : '');
  return [
    {
      heading,
      note,
      spec: mixingWeightsFigure(history),
      slider: {
        parameter: MOMENT,
        moments: alphas.map(({ epoch }) => (epoch === 0 ? 'start' : `epoch ${epoch}`)),
        start: alphas.length - 1,
      },
    },
  ];
}

function lifeSections(told: RecordedLife | null): PageSection[] {
  if (told === null) return [];
  const { life, nodes } = told;
  const signs = describeCollapse(life, nodes).map((sentence) => `${sentence[0]?.toUpperCase()}${sentence.slice(1)}.`);
  return [
    {
      heading: 'Life of the cells',
      note: [
        ...signs,
        'The cells as they would be derived after each epoch. Epochs that change no operation are left out.',
        COLLAPSE_RULE,
      ].join('\n'),
      columns: LIFE_COLUMNS,
      rows: lifeTable(life, nodes),
    },
  ];
}

function proposalSections({ trace: { proposals, proposed, accepted } }: Run): PageSection[] {
  if (proposals.length === 0) return [];
  const shown = proposals.filter((proposal) => proposal.accepted).length;
  const thinned =
    proposals.length === proposed
      ? ''
      : ` The figure shows ${shown} accepted and ${proposals.length - shown} rejected ones, evenly over the run.`;
  return [
    {
      heading: 'Proposals',
      note:
        `${proposed} proposals, ${accepted} accepted. A point is the value proposed for a coordinate; a line joins the ` +
        `previous value to an accepted one. Point at a proposal to see its coordinate.${thinned}`,
      spec: proposalsFigure(proposals),
    },
    betaSection(),
  ];
}

function stateSections({ trace: { states } }: Run): PageSection[] {
  if (states.length === 0) return [];
  return [{ heading: 'Time by state', note: 'Time in each state of the coordinator.', spec: statesFigure(states) }];
}

function commandSections(run: Run): PageSection[] {
  const code = reproduceCommand(run.record);
  const note = 'The command gives every option as it was resolved, so later defaults do not change the run.';
  return code === null ? [] : [{ heading: 'Make this run again', note, code }];
}
