import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runInLanes } from '../../../experiments/many-runs/run-in-lanes.ts';

const GO = new AbortController().signal;

/** Hands out tasks in their order. */
function oneByOne<Task>(tasks: readonly Task[]): () => Promise<{ readonly task: Task; readonly index: number } | null> {
  let next = 0;
  return async () => {
    const index = next++;
    return index < tasks.length ? { task: tasks[index] as Task, index } : null;
  };
}

/** A promise that resolves when the signal aborts. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

describe('runs in lanes', () => {
  it('are all made once, in order, never more than there are lanes at the same time', async () => {
    const turns = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(turns, fc.integer({ min: 1, max: 4 }), async (tasks, lanes) => {
        const begun: number[] = [];
        let [running, most] = [0, 0];
        const paused = await runInLanes(oneByOne(tasks), lanes, GO, async ({ task: turns, index }) => {
          begun.push(index);
          most = Math.max(most, ++running);
          for (let turn = 0; turn < turns; turn++) await null;
          running--;
          return null;
        });
        expect(paused).toBeNull();
        expect(begun).toEqual([...tasks.keys()]);
        expect(most).toBe(Math.min(lanes, tasks.length));
      }),
    );
  });

  it('pause together, and none begins after that', async () => {
    const controller = new AbortController();
    const begun: number[] = [];
    const paused = await runInLanes(
      oneByOne([10, 20, 30]),
      2,
      controller.signal,
      async ({ task: step, index }, signal) => {
        begun.push(index);
        if (index === 1) controller.abort();
        else await aborted(signal);
        return { step };
      },
    );
    expect(paused).toEqual({ step: 30 });
    expect(begun).toEqual([0, 1]);
  });

  it('do not begin once the signal has come, which is a pause', async () => {
    const made = runInLanes(oneByOne([1]), 1, AbortSignal.abort(), () => Promise.reject(new Error('it began')));
    expect(await made).toEqual({ step: 0 });
  });

  it('that fail pause the others first, and then tell the first error', async () => {
    const ended: string[] = [];
    const made = runInLanes(oneByOne(['fails', 'goes on', 'waits']), 2, GO, async ({ task }, signal) => {
      if (task === 'fails') throw new Error('no memory');
      await aborted(signal);
      ended.push(task);
      return { step: 1 };
    });
    await expect(made).rejects.toThrow('no memory');
    expect(ended).toEqual(['goes on']);
  });
});
