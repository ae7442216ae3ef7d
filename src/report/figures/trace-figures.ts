import type { RunProposal, RunTrace } from '../../record/read-trace.ts';
import { containerWidth, entryScale, figureWidth, legendBelow, legendPicks, pickedOpacity } from './figure-parts.ts';
import type { FigureSpec } from './render-svg.ts';

const COLORS = { accepted: '#e8743b', rejected: '#3b8fe8' };

/**
 * Draws proposals over the iterations, for a page. A point marks the proposed value; a line joins the previous value to
 * an accepted one.
 */
export function proposalsFigure(proposals: readonly RunProposal[]): FigureSpec {
  const values = proposals.map(({ step, coordinate, from, to, accepted }) => ({
    iteration: step,
    coordinate,
    from: toThousandths(from),
    to: toThousandths(to),
    verdict: accepted ? 'accepted' : 'rejected',
  }));
  const x = {
    field: 'iteration',
    type: 'quantitative',
    axis: { tickMinStep: 1, format: ',d' },
    scale: { nice: false, zero: false, padding: 8 },
  };
  const y = { type: 'quantitative', title: 'alpha' };
  const color = {
    field: 'verdict',
    type: 'nominal',
    scale: entryScale(COLORS, new Set(Object.keys(COLORS))),
    legend: { ...legendBelow('interactive', null), symbolType: 'circle' },
  };
  const tooltip = ['iteration', 'coordinate', 'from', 'to', 'verdict'].map((field) => ({ field, title: field }));
  return {
    ...figureWidth('interactive'),
    height: 320,
    data: { values },
    encoding: { x, color },
    layer: [
      {
        transform: [{ filter: "datum.verdict === 'accepted'" }],
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: {
          y: { ...y, field: 'from' },
          y2: { field: 'to' },
          opacity: pickedOpacity('interactive', ['verdict'], 0.7, 0),
        },
      },
      {
        ...legendPicks('interactive', ['verdict']),
        mark: { type: 'point', filled: true },
        encoding: {
          y: { ...y, field: 'to' },
          size: { condition: { test: "datum.verdict === 'accepted'", value: 60 }, value: 16 },
          opacity: pickedOpacity('interactive', ['verdict'], 0.8, 0.05),
          tooltip,
        },
      },
    ],
  } as FigureSpec;
}

/** Draws the time spent in each state of the coordinator as bars, for a page. */
export function statesFigure(states: RunTrace['states']): FigureSpec {
  const all = states.reduce((sum, { seconds }) => sum + seconds, 0);
  const values = states.map(({ state, seconds, visits }) => ({
    state,
    seconds: toThousandths(seconds),
    visits,
    share: all === 0 ? 0 : seconds / all,
  }));
  return {
    ...containerWidth(),
    height: 24 * states.length,
    data: { values },
    mark: { type: 'bar', color: '#3b8fe8' },
    encoding: {
      y: { field: 'state', type: 'nominal', title: null, sort: null },
      x: { field: 'seconds', type: 'quantitative', axis: { tickCount: 5 } },
      tooltip: [
        { field: 'state', title: 'state' },
        { field: 'seconds', title: 'seconds', format: ',.1f' },
        { field: 'share', title: 'share', format: '.1%' },
        { field: 'visits', title: 'visits', format: ',d' },
      ],
    },
  } as FigureSpec;
}

/** Drops digits that a drawing cannot show, to keep the page small. */
function toThousandths(value: number): number {
  return Math.round(value * 1e3) / 1e3;
}
