import { describe, expect, it } from 'vitest';
import type { TraceLine } from '../../../src/record/trace-line.ts';
import { TraceSummarizer, type TraceSummary } from '../../../tools/trace/trace-summary.ts';
import { decision, proposal, recovered, transition } from '../../support/trace-lines.ts';

function summarize(lines: readonly TraceLine[]): TraceSummary {
  const summarizer = new TraceSummarizer();
  for (const line of lines) summarizer.add(line);
  return summarizer.summarize();
}

describe('TraceSummarizer', () => {
  it('takes the latest time for the end if the clock was set back', () => {
    const { began, ended, states } = summarize([
      transition(3_600_000, 'starting', 'localStep'),
      transition(100, 'localStep', 'globalStep'),
      transition(220, 'globalStep', 'done'),
    ]);
    expect([began, ended]).toEqual([3_600_000, 3_600_000]);
    expect(states.map(({ total }) => total)).toEqual([0, 0, 0, 0]);
  });

  it('says that an empty trace holds nothing', () => {
    expect(summarize([])).toEqual({
      lines: 0,
      began: null,
      ended: null,
      state: null,
      states: [],
      steps: [],
      phases: [],
      all: { proposals: 0, accepted: 0, acceptance: null, move: null, acceptedMove: null },
      cells: [],
      primitives: [],
      concentration: null,
      recoveries: [],
    });
  });

  it('counts visits of states, and the time from entering to leaving', () => {
    const { began, ended, state, states } = summarize([
      transition(1000, 'starting', 'weightsStep'),
      transition(1030, 'weightsStep', 'localStep'),
      transition(1040, 'localStep', 'weightsStep'),
      transition(1060, 'weightsStep', 'done'),
    ]);
    expect({ began, ended, state }).toEqual({ began: 1000, ended: 1060, state: 'done' });
    expect(states).toEqual([
      { state: 'weightsStep', visits: 2, total: 50, mean: 25, share: 50 / 60 },
      { state: 'localStep', visits: 1, total: 10, mean: 10, share: 10 / 60 },
      { state: 'starting', visits: 1, total: 0, mean: null, share: 0 },
      { state: 'done', visits: 1, total: 0, mean: null, share: 0 },
    ]);
  });

  it('does not count the time between two sessions of a resumed run', () => {
    const { states } = summarize([
      transition(0, 'starting', 'checkpoint'), // what came after the checkpoint was taken back
      transition(100_000, 'starting', 'checkpoint'),
      transition(100_020, 'checkpoint', 'weightsStep'),
    ]);
    expect(states).toContainEqual({ state: 'starting', visits: 2, total: 0, mean: null, share: 0 });
    expect(states).toContainEqual({ state: 'checkpoint', visits: 2, total: 20, mean: 20, share: 1 });
  });

  it('counts steps by kind, with losses that were finite', () => {
    const { steps } = summarize([
      decision(1, { loss: 2 }),
      decision(2, { loss: 4 }),
      decision(3, { loss: null }),
      decision(4, { kind: 'global', loss: 1, accepted: 0, proposals: [proposal()] }),
      decision(5, { kind: 'global', loss: 5, returned: true, proposals: [proposal()] }),
      decision(6, { kind: 'joint', loss: 7, proposals: [proposal()] }),
    ]);
    expect(steps).toEqual([
      { kind: 'local', steps: 3, accepted: null, acceptance: null, returned: 0, loss: 3 },
      { kind: 'global', steps: 2, accepted: 1, acceptance: 0.5, returned: 1, loss: 3 },
      { kind: 'joint', steps: 1, accepted: 0, acceptance: 0, returned: 0, loss: 7 },
    ]);
  });

  it('counts proposals and their moves by cell and by primitive', () => {
    const { all, cells, primitives } = summarize([
      decision(1, {
        kind: 'global',
        accepted: 1,
        proposals: [
          proposal({ to: -2, primitive: 'max_pool_3x3' }),
          proposal({ from: 1, to: 1.5, primitive: 'dil_conv_5x5' }),
          proposal({ from: -1, to: 0, cell: 'reduce', primitive: 'max_pool_3x3' }),
        ],
      }),
      decision(2, { kind: 'global', accepted: 0, proposals: [proposal({ to: 0.5, cell: 'reduce' })] }),
    ]);
    expect(all).toEqual({ proposals: 4, accepted: 2, acceptance: 0.5, move: 1, acceptedMove: 0.5 });
    expect(cells).toEqual([
      { cell: 'normal', proposals: 2, accepted: 1, acceptance: 0.5, move: 1.25, acceptedMove: 0.5 },
      { cell: 'reduce', proposals: 2, accepted: 1, acceptance: 0.5, move: 0.75, acceptedMove: 0.5 },
    ]);
    expect(primitives).toEqual([
      { primitive: 'max_pool_3x3', proposals: 2, accepted: 0, acceptance: 0, move: 1.5, acceptedMove: null },
      { primitive: 'sep_conv_3x3', proposals: 1, accepted: 1, acceptance: 1, move: 0.5, acceptedMove: 0.5 },
      { primitive: 'dil_conv_5x5', proposals: 1, accepted: 1, acceptance: 1, move: 0.5, acceptedMove: 0.5 },
    ]);
  });

  it('shows up to six epochs one by one', () => {
    const { phases, concentration } = summarize([
      decision(1, { epoch: 0 }),
      decision(2, { epoch: 0, kind: 'global', concentration: 0.125, proposals: [proposal()], accepted: 0 }),
      decision(3, { epoch: 0, kind: 'global', concentration: 0.375, proposals: [proposal({ to: 3 })] }),
      decision(4, { epoch: 5, kind: 'joint', concentration: 0.75, proposals: [proposal()] }),
    ]);
    expect(concentration).toEqual({ first: 0.125, last: 0.75 });
    expect(phases).toEqual([
      {
        epochs: [1, 1],
        steps: { local: 1, global: 2, joint: 0 },
        proposals: 2,
        accepted: 1,
        acceptance: 0.5,
        move: 2,
        acceptedMove: 1,
        concentration: 0.25,
      },
      {
        epochs: [6, 6],
        steps: { local: 0, global: 0, joint: 1 },
        proposals: 1,
        accepted: 0,
        acceptance: 0,
        move: 1,
        acceptedMove: null,
        concentration: 0.75,
      },
    ]);
  });

  it('puts more than six epochs together in thirds, each epoch into one', () => {
    const lines = Array.from({ length: 8 }, (_, epoch) => decision(epoch, { epoch, step: epoch }));
    const { phases } = summarize(lines);
    expect(phases.map(({ epochs, steps }) => ({ epochs, local: steps.local }))).toEqual([
      { epochs: [1, 2], local: 2 },
      { epochs: [3, 5], local: 3 },
      { epochs: [6, 8], local: 3 },
    ]);
  });

  it('lists recoveries', () => {
    expect(summarize([recovered(1, 12, 'SIGKILL'), recovered(2, 30, 'exit code 1')]).recoveries).toEqual([
      { step: 12, cause: 'SIGKILL' },
      { step: 30, cause: 'exit code 1' },
    ]);
  });
});
