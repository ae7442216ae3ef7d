import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { RunTaker, type SharedRuns, type TakenRun } from '../../../experiments/many-runs/take-runs.ts';
import { LockWatch } from '../../../src/record/lock-watch.ts';

const GO = new AbortController().signal;

let path: string;
let now: number;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'lesslocal-taker-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  now = 0;
});

/** @param look what happens between two looks, five seconds apart */
function taker(done: ReadonlySet<number>, wait: boolean, look: () => void = () => undefined): RunTaker {
  const shared: SharedRuns = {
    ...{ path, wait },
    folders: ['a', 'b', 'c'],
    order: [2, 0, 1],
    isDone: async (index) => done.has(index),
    watch: new LockWatch(() => now),
    pause: async () => {
      now += 5000;
      look();
    },
  };
  return new RunTaker(shared);
}

/** Writes the claim of a process on another machine. */
function claimElsewhere(run: string, beats: number): void {
  mkdirSync(join(path, 'claims'), { recursive: true });
  const contents = { pid: 7, host: 'elsewhere', beats, state: 'held' };
  writeFileSync(join(path, 'claims', `${run}.lock.4`), JSON.stringify(contents));
}

it('gives runs in their order, each once, and leaves out those that are done', async () => {
  const runs = taker(new Set([0]), false);
  const first = (await runs.next(GO)) as TakenRun;
  const second = (await runs.next(GO)) as TakenRun;
  expect([first.index, second.index, await runs.next(GO)]).toEqual([2, 1, null]);
  runs.giveBack(first, 'paused');
  runs.giveBack(second, 'over');
  const again = (await runs.next(GO)) as TakenRun;
  expect(again.index).toBe(2);
  runs.giveBack(again, 'inUse');
  expect([await runs.next(GO), runs.held]).toEqual([null, 1]);
});

it('waits for a holder on another machine until it shows life, and then leaves its run to it', async () => {
  claimElsewhere('c', 0);
  const runs = taker(new Set([0, 1]), false, () => {
    if (now === 20_000) claimElsewhere('c', 1);
  });
  expect([await runs.next(GO), runs.held, now]).toEqual([null, 1, 20_000]);
});

it('takes the run of a holder on another machine that shows none for three minutes', async () => {
  claimElsewhere('c', 0);
  const runs = taker(new Set([0, 1]), false);
  const taken = (await runs.next(GO)) as TakenRun;
  expect([taken.index, taken.claim.displaced?.host, now]).toEqual([2, 'elsewhere', 180_000]);
  taken.claim.release();
});

it('stays until all runs are done, if it is asked to', async () => {
  claimElsewhere('c', 0);
  const done = new Set([0, 1]);
  const runs = taker(done, true, () => {
    claimElsewhere('c', now);
    if (now === 600_000) done.add(2);
  });
  expect([await runs.next(GO), now]).toEqual([null, 600_000]);
  const interrupted = new AbortController();
  const waiting = taker(new Set([0, 1]), true, () => interrupted.abort());
  claimElsewhere('c', now + 1);
  expect(await waiting.next(interrupted.signal)).toBeNull();
});
