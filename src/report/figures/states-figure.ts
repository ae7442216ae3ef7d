import type { RunTrace } from '../../record/read-trace.ts';
import type { FigureSpec } from './compile-figure.ts';

/** Time spent in the states of the coordinator as bars, for a page. */
export function statesFigure(states: RunTrace['states']): FigureSpec {
  const all = states.reduce((sum, { seconds }) => sum + seconds, 0);
  const values = states.map(({ state, seconds, visits }) => ({
    state,
    seconds: Math.round(seconds * 1e3) / 1e3,
    visits,
    share: all === 0 ? 0 : seconds / all,
  }));
  return {
    width: 'container',
    autosize: { type: 'fit-x', contains: 'padding' },
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
