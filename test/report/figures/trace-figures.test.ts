import { describe, expect, it } from 'vitest';
import { renderSvg } from '../../../src/report/figures/render-svg.ts';
import { proposalsFigure, statesFigure } from '../../../src/report/figures/trace-figures.ts';
import { paths, texts } from '../fixtures.ts';

const PROPOSALS = [true, false].map((accepted, step) => {
  return { step, coordinate: 'normal 0→2 skip_connect', from: 0.1, to: 0.70004, accepted };
});

describe('the figure of proposals', () => {
  it('numbers iterations from 0, as the trace does', () => {
    expect(proposalsFigure(PROPOSALS)).toMatchObject({
      data: {
        values: [
          { iteration: 0, coordinate: 'normal 0→2 skip_connect', from: 0.1, to: 0.7, verdict: 'accepted' },
          { iteration: 1, verdict: 'rejected' },
        ],
      },
    });
  });

  it('has a point for every proposal, and a line for each accepted one', async () => {
    const svg = await renderSvg(proposalsFigure(PROPOSALS));
    expect(paths(svg, 'symbol')).toHaveLength(2);
    expect(svg.match(/<line [^>]*stroke="#e8743b"/g)).toHaveLength(1);
    expect(texts(svg)).toEqual(expect.arrayContaining(['iteration', 'alpha', 'accepted', 'rejected']));
  });
});

describe('the figure of states', () => {
  it('has a bar for each state, with its share of the time', async () => {
    const states = [
      { state: 'localStep', seconds: 3, visits: 2 },
      { state: 'globalStep', seconds: 1, visits: 1 },
    ];
    const figure = statesFigure(states);
    expect(figure).toMatchObject({ data: { values: [{ share: 0.75 }, { share: 0.25 }] } });
    expect(texts(await renderSvg(figure))).toEqual(expect.arrayContaining(['localStep', 'globalStep', 'seconds']));
  });

  it('has shares of 0 if no time has passed', () => {
    expect(statesFigure([{ state: 'localStep', seconds: 0, visits: 1 }])).toMatchObject({
      data: { values: [{ share: 0 }] },
    });
  });
});
