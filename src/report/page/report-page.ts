import type { Run } from '../../record/read-run.ts';
import { betaSection } from '../figures/beta-figure.ts';
import { proposalsFigure } from '../figures/proposals-figure.ts';
import { statesFigure } from '../figures/states-figure.ts';
import { MOMENT, weightsFigure } from '../figures/weights-figure.ts';
import { cellSections } from './cell-sections.ts';
import type { PageSection } from './page-section.ts';
import { renderHtml } from './render-html.ts';
import { reproduceCommand } from './reproduce-command.ts';
import { runCurves } from './run-curves.ts';
import { factsSection, optionsSection, progressOf } from './run-facts.ts';
import { weightsHistory } from './weights-history.ts';

/**
 * The report of a run as a page: one file that needs nothing else.
 *
 * @returns HTML
 */
export async function reportPage(run: Run): Promise<string> {
  const sections: PageSection[] = [
    factsSection(run),
    ...(await cellSections(run)),
    ...runCurves(run.epochs),
    ...weightsSections(run),
    ...proposalSections(run),
    ...stateSections(run),
    ...commandSections(run),
    optionsSection(run),
  ];
  return renderHtml(`${nameOf(run)}: ${run.name}`, sections, noteOf(run));
}

function nameOf({ record: { job, options } }: Run): string {
  return job === 'retraining' ? 'Retraining' : `Search by ${typeof options.method === 'string' ? options.method : '?'}`;
}

function noteOf(run: Run): string {
  const gaps = run.gaps.length === 0 ? '' : `\nNot shown: ${run.gaps.join('; ')}.`;
  return `${progressOf(run)}.${gaps}`;
}

function weightsSections({ alphas }: Run): PageSection[] {
  const history = weightsHistory(alphas);
  if (history === null) return [];
  return [
    {
      heading: 'All edge weights',
      note: 'Every mixing weight of both cells: a row for each edge, a column for each operation. The slider goes through the epochs.',
      spec: weightsFigure(history),
      slider: {
        parameter: MOMENT,
        moments: alphas.map(({ epoch }) => (epoch === 0 ? 'start' : `epoch ${epoch}`)),
        start: alphas.length - 1,
      },
    },
  ];
}

function proposalSections({ trace: { proposals, proposed, accepted } }: Run): PageSection[] {
  if (proposals.length === 0) return [];
  const kept = proposals.filter((proposal) => proposal.accepted).length;
  const thinned =
    proposals.length === proposed
      ? ''
      : ` Shown are ${kept} of those accepted and ${proposals.length - kept} of the others, evenly over the run.`;
  return [
    {
      heading: 'Proposals',
      note:
        `${proposed} proposals, ${accepted} accepted. A point is the value proposed for a coordinate; a line leads to ` +
        `an accepted one from the value before. Pointing at it says which coordinate.${thinned}`,
      spec: proposalsFigure(proposals),
    },
    betaSection(),
  ];
}

function stateSections({ trace: { states } }: Run): PageSection[] {
  if (states.length === 0) return [];
  return [{ heading: 'Time by state', note: 'Where the coordinator spent the run.', spec: statesFigure(states) }];
}

function commandSections(run: Run): PageSection[] {
  const code = reproduceCommand(run.record);
  const note = 'Every option is given as it was resolved, so that no later default changes the run.';
  return code === null ? [] : [{ heading: 'Make this run again', note, code }];
}
