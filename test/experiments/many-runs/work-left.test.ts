import { describe, expect, it } from 'vitest';
import { RunClock, WorkLeft } from '../../../experiments/many-runs/work-left.ts';

const SEARCH = { seconds: 10, epochs: 5 };
const RETRAINING = { seconds: 4, epochs: 2 };
const RUN = { search: SEARCH, retraining: RETRAINING };

describe('the work left', () => {
  it('takes the time that was estimated, corrected by what was measured, each phase apart', () => {
    const left = new WorkLeft([RUN, RUN, RUN], 1);
    expect(left.seconds).toBe(42);
    left.pass('search', SEARCH, 1, 20); // left the estimate: that of retrainings is taken to be as far off
    expect(left.seconds).toBe(2 * (20 + 12));
    left.pass('retraining', RETRAINING, 1, 2);
    expect(left.seconds).toBe(2 * 20 + 0.5 * 8);
    left.pass('search', SEARCH, 0.5, 25); // in all 45 for 15
    expect(left.seconds).toBe(3 * 15 + 0.5 * 8);
    expect([left.epochsDone, left.epochs]).toEqual([10, 21]); // 9.5, rounded
  });

  it('takes no time for what was not needed, or made before', () => {
    const left = new WorkLeft([RUN, RUN], 1);
    left.pass('search', SEARCH, 1, null);
    left.pass('retraining', RETRAINING, 1, null);
    expect([left.seconds, left.epochsDone]).toEqual([14, 7]);
  });

  it('takes half the time with two runs at the same time', () => {
    expect(new WorkLeft([RUN, RUN, RUN], 2).seconds).toBe(21);
  });

  it('comes to nothing once every run is over, however it ended', async () => {
    const left = new WorkLeft([RUN, RUN, RUN, RUN], 2);
    const clocks = [RUN, RUN, RUN, RUN].map((run) => new RunClock(left, run));
    const [made, invalid, before, diverged] = clocks as [RunClock, RunClock, RunClock, RunClock];
    expect(await made.around('search', 'new', async () => ({ event: 'done' }))).toEqual({ event: 'done' });
    await made.around('retraining', 'begun', async () => ({ event: 'done' }));
    await invalid.around('search', 'new', async () => ({ event: 'done' }));
    await before.around('search', 'done', async () => ({ event: 'done' }));
    await expect(diverged.around('search', 'new', () => Promise.reject(new Error('NaN')))).rejects.toThrow('NaN');
    expect(clocks.map(({ ticked }) => ticked)).toEqual([true, true, false, true]);
    for (const clock of clocks) clock.stop();
    expect([left.seconds, left.epochsDone]).toEqual([0, left.epochs]);
  });

  it('falls with every epoch, and not by what a pause leaves', async () => {
    const left = new WorkLeft([RUN], 1);
    const clock = new RunClock(left, RUN);
    const done: number[] = [];
    await clock.around('search', 'begun', async () => {
      clock.hear('search', { event: 'started', step: 30, steps: 50 });
      done.push(left.epochsDone);
      clock.hear('search', { event: 'step', step: 40, steps: 50 });
      clock.hear('search', { event: 'epoch', epoch: 4, epochs: 5 });
      clock.hear('search', { event: 'epoch', epoch: 3, epochs: 5 }); // after a supernet was lost
      done.push(left.epochsDone);
      return { event: 'paused' };
    });
    expect([...done, left.epochsDone]).toEqual([3, 4, 4]);
  });

  it('falls by a share of a phase with each of its parts', async () => {
    const retraining = { seconds: 4, epochs: 4 };
    const left = new WorkLeft([{ search: SEARCH, retraining }], 1);
    const parts = new RunClock(left, { search: SEARCH, retraining });
    const done: number[] = [];
    await parts.around('search', 'done', async () => ({ event: 'done' }));
    await parts.around('retraining', 'done', async () => ({ event: 'done' }), { index: 0, count: 2 });
    done.push(left.epochsDone);
    await parts.around(
      'retraining',
      'new',
      async () => {
        parts.hear('retraining', { event: 'epoch', epoch: 1, epochs: 2 }, { index: 1, count: 2 });
        done.push(left.epochsDone);
        return { event: 'done' };
      },
      { index: 1, count: 2 },
    );
    expect([...done, left.epochsDone]).toEqual([7, 8, 9]);
  });
});
