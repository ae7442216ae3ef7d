import { describe, expect, it } from 'vitest';
import { RunClock, TimeLeft } from '../../../experiments/table1/time-left.ts';

const RUN = { search: 10, retraining: 4 };

describe('the time left', () => {
  it('is what was estimated, corrected by what was measured, each phase apart', () => {
    const left = new TimeLeft([RUN, RUN, RUN]);
    expect(left.seconds).toBe(42);
    left.close('search', 10, 20); // twice the estimate: that of retrainings is taken to be as far off
    expect(left.seconds).toBe(2 * (20 + 12));
    left.close('retraining', 4, 2);
    expect(left.seconds).toBe(2 * 20 + 0.5 * 8);
    left.close('search', 10, 40); // in all 60 for 20
    expect(left.seconds).toBe(3 * 10 + 0.5 * 8);
  });

  it('counts nothing for what was not needed, or made before', () => {
    const left = new TimeLeft([RUN, RUN]);
    left.close('search', 10, null);
    left.close('retraining', 4, null);
    expect(left.seconds).toBe(14);
  });

  it('comes to nothing once every phase is over', async () => {
    const left = new TimeLeft([RUN, RUN, RUN]);
    const clocks = [RUN, RUN, RUN].map((run) => new RunClock(left, run));
    const [made, invalid, before] = clocks as [RunClock, RunClock, RunClock];
    expect(await made.around('search', 'new', async () => 'found')).toBe('found');
    await made.around('retraining', 'begun', async () => undefined);
    await invalid.around('search', 'new', async () => undefined);
    await before.around('search', 'done', async () => undefined);
    expect(clocks.map(({ ticked }) => ticked)).toEqual([true, true, false]);
    for (const clock of clocks) clock.stop();
    expect(left.seconds).toBe(0);
  });
});
