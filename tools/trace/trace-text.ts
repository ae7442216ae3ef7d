import { describeDuration, percent, withCommas } from '../../src/command/format.ts';
import { textTable } from '../../src/command/text-table.ts';
import type { DecisionLine, TracedProposal, TraceLine } from '../../src/record/trace-line.ts';
import { COLLAPSE_RULE, describeCollapse } from '../../src/search/collapse-sign.ts';
import type { RecordedLife } from '../../src/search/life-of-cells.ts';
import { LIFE_COLUMNS, lifeTable } from '../../src/search/life-table.ts';
import type { TraceSummary } from './trace-summary.ts';

/** Cells of a row: the first is aligned to the left, the others to the right. */
type Row = readonly string[];

/** Formats a summary for people. @param columns width of the terminal. @default infinite */
export function formatSummary(path: string, summary: TraceSummary, columns = Infinity): string {
  const { lines, began, ended, state, states, steps, phases, all, concentration, recoveries } = summary;
  if (began === null || ended === null) return `${path}: the trace is still empty\n`;
  const table = (head: Row, rows: readonly Row[]): string => textTable([head, ...rows], 1, { columns }).trimEnd();
  const parts = [
    `${path}: ${withCommas(lines)} lines over ${duration(ended - began)}, then ${state ?? 'before the first transition'}`,
    table(
      ['state', 'visits', 'total', 'mean', 'share'],
      states.map((s) => [
        s.state,
        `${s.visits}`,
        duration(s.total),
        s.mean === null ? '' : duration(s.mean),
        shareOf(s.share),
      ]),
    ),
    steps.length === 0
      ? 'no steps on alpha'
      : table(
          ['step on alpha', 'steps', 'accepted', 'share', 'returned', 'mean loss'],
          steps.map((s) => [
            s.kind,
            `${s.steps}`,
            `${s.accepted ?? ''}`,
            shareOf(s.acceptance),
            s.accepted === null ? '' : `${s.returned}`,
            number(s.loss),
          ]),
        ),
  ];
  if (phases.length > 0) {
    parts.push(
      table(
        ['epochs', 'local', 'global', 'joint', ...PROPOSAL_HEADS, 'concentration'],
        phases.map(({ epochs: [first, last], steps: { local, global, joint }, ...phase }) => [
          first === last ? `${first}` : `${first}-${last}`,
          `${local}`,
          `${global}`,
          `${joint}`,
          ...proposalColumns(phase),
          number(phase.concentration),
        ]),
      ),
    );
  }
  if (all.proposals > 0) {
    const rows = [
      ...summary.cells.map(({ cell, ...of }): Row => [`${cell} cell`, ...proposalColumns(of)]),
      ...summary.primitives.map(({ primitive, ...of }): Row => [primitive, ...proposalColumns(of)]),
      ['all', ...proposalColumns(all)],
    ];
    parts.push(table(['proposals for', ...PROPOSAL_HEADS], rows));
  }
  if (concentration !== null) {
    parts.push(`concentration from ${number(concentration.first)} to ${number(concentration.last)}`);
  }
  parts.push(
    recoveries.length === 0
      ? 'no recoveries'
      : [
          `recoveries: ${recoveries.length}`,
          ...recoveries.map(({ step, cause }) => `  back to step ${step}: ${firstLine(cause)}`),
        ].join('\n'),
  );
  return `${parts.join('\n\n')}\n`;
}

/** Formats the life of a search's cells for people. @param columns width of the terminal. @default infinite */
export function formatLife({ life, nodes }: RecordedLife, columns = Infinity): string {
  const rows = [LIFE_COLUMNS, ...lifeTable(life, nodes)];
  const table = textTable(rows, LIFE_COLUMNS.length, { columns, names: 2 });
  const signs = describeCollapse(life, nodes);
  return signs.length === 0 ? table : `${table}\n${[...signs, COLLAPSE_RULE].join('\n')}\n`;
}

/** Formats a line of a trace for people, without a newline. */
export function formatTraceLine(line: TraceLine): string {
  const time = new Date(line.t).toTimeString().slice(0, 8);
  if (line.event === 'transition') return `${time}  ${line.from} -> ${line.to}`;
  if (line.event === 'recovered') return `${time}  recovered, back to step ${line.step}: ${firstLine(line.cause)}`;
  return `${time}  ${formatDecision(line)}`;
}

function formatDecision({ step, kind, loss, threshold, accepted, returned, proposals }: DecisionLine): string {
  const parts = [`step ${step}`, kind];
  const shown = accepted === null ? best(proposals) : proposals[accepted];
  if (shown === undefined) {
    parts.push(`loss ${number(loss)}`);
  } else {
    const { cell, edge, primitive, from, to } = shown;
    parts.push(`${cell} / ${edge[0]}-${edge[1]} / ${primitive}`, `${number(from)} -> ${number(to)}`);
    parts.push(`loss ${number(shown.loss)}`, `to beat ${number(threshold)}`);
    const of = proposals.length > 1 ? ` (of ${proposals.length})` : '';
    parts.push(`${accepted === null ? 'rejected' : 'accepted'}${of}`);
  }
  if (returned) parts.push('back to the best of the window');
  return parts.join('  ');
}

/** Returns the proposal with the lowest loss: it came closest to being accepted. */
function best(proposals: readonly TracedProposal[]): TracedProposal | undefined {
  return proposals.toSorted((a, b) => (a.loss ?? Infinity) - (b.loss ?? Infinity))[0];
}

const PROPOSAL_HEADS = ['proposals', 'accepted', 'share', '|move|', 'accepted |move|'];

function proposalColumns(of: TraceSummary['all']): Row {
  const { proposals, accepted, acceptance, move, acceptedMove } = of;
  return [`${proposals}`, `${accepted}`, shareOf(acceptance), number(move), number(acceptedMove)];
}

function duration(ms: number): string {
  return describeDuration(ms / 1000);
}

function shareOf(share: number | null): string {
  return share === null ? '' : percent(share);
}

function number(value: number | null): string {
  return value === null ? '-' : value.toFixed(4);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] as string;
}
