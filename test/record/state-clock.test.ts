import { describe, expect, it } from 'vitest';
import { StateClock } from '../../src/record/state-clock.ts';

function measure(moves: readonly [t: number, from: string, to: string][]): StateClock {
  const clock = new StateClock();
  for (const [t, from, to] of moves) clock.move({ t, from, to });
  return clock;
}

describe('StateClock', () => {
  it('adds up the visits of each state', () => {
    const clock = measure([
      [1000, 'starting', 'localStep'],
      [1010.5, 'localStep', 'weightsStep'],
      [1020.5, 'weightsStep', 'localStep'],
      [1050.5, 'localStep', 'done'],
    ]);
    expect(clock.state).toBe('done');
    expect(clock.times).toEqual([
      { state: 'starting', entered: 0, unseen: 1, timed: 0, milliseconds: 0 },
      { state: 'localStep', entered: 2, unseen: 0, timed: 2, milliseconds: 40.5 },
      { state: 'weightsStep', entered: 1, unseen: 0, timed: 1, milliseconds: 10 },
      { state: 'done', entered: 1, unseen: 0, timed: 0, milliseconds: 0 },
    ]);
  });

  it('counts no time of a visit that a second session cut off, nor between the sessions', () => {
    const clock = measure([
      [1000, 'starting', 'localStep'],
      [9000, 'starting', 'weightsStep'],
      [9100, 'weightsStep', 'localStep'],
    ]);
    expect(clock.times).toEqual([
      { state: 'starting', entered: 0, unseen: 2, timed: 0, milliseconds: 0 },
      { state: 'localStep', entered: 2, unseen: 0, timed: 0, milliseconds: 0 },
      { state: 'weightsStep', entered: 1, unseen: 0, timed: 1, milliseconds: 100 },
    ]);
  });

  it('counts no time if the system’s clock was set back', () => {
    const clock = measure([
      [1000, 'starting', 'localStep'],
      [500, 'localStep', 'done'],
    ]);
    expect(clock.times).toContainEqual({ state: 'localStep', entered: 1, unseen: 0, timed: 1, milliseconds: 0 });
  });

  it('has no state before the first transition', () => {
    expect(new StateClock().state).toBeNull();
    expect(new StateClock().times).toEqual([]);
  });
});
