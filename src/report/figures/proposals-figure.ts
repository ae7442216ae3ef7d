import type { RunProposal } from '../../record/read-trace.ts';
import type { FigureSpec } from './compile-figure.ts';
import { entryScale, figureWidth, legendBelow, legendPicks, pickedOpacity } from './legend.ts';

const COLORS = { accepted: '#e8743b', rejected: '#3b8fe8' };

/**
 * Proposals over the iterations, for a page: a point at the proposed value; where it was accepted, on a line from the
 * value before.
 */
export function proposalsFigure(proposals: readonly RunProposal[]): FigureSpec {
  const values = proposals.map(({ step, coordinate, from, to, accepted }) => ({
    step: step + 1,
    coordinate,
    from: round(from),
    to: round(to),
    verdict: accepted ? 'accepted' : 'rejected',
  }));
  const x = {
    field: 'step',
    type: 'quantitative',
    title: 'iteration',
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
  const tooltip = [
    { field: 'step', title: 'iteration' },
    { field: 'coordinate', title: 'coordinate' },
    { field: 'from', title: 'from' },
    { field: 'to', title: 'to' },
    { field: 'verdict', title: 'verdict' },
  ];
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

/** To what a point can tell. */
function round(alpha: number): number {
  return Math.round(alpha * 1e3) / 1e3;
}
