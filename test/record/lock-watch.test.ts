import { expect, it } from 'vitest';
import { LockWatch } from '../../src/record/lock-watch.ts';
import type { HeldLock } from '../../src/record/run-lock.ts';

const held = (contents: string, changes: Partial<HeldLock> = {}): HeldLock => {
  return { number: 3, heldBy: 'process 1 on elsewhere', file: 'run.lock.3', contents, ...REST, ...changes };
};
const REST = { lives: false, owner: null, work: null };

it('calls a holder dead after three minutes of one clock without a sign of life, and alive after one', () => {
  let now = 5e6;
  const watch = new LockWatch(() => now);
  expect(watch.judge(held('a'))).toBe('silent');
  now += 179_999;
  expect(watch.judge(held('a'))).toBe('silent');
  now += 1;
  expect(watch.judge(held('a'))).toBe('dead');
  expect(watch.judge(held('b'))).toBe('lives');
  now += 179_999;
  expect(watch.judge(held('b'))).toBe('lives');
  now += 1;
  expect(watch.judge(held('b'))).toBe('dead');
  // A later holder is another one.
  expect(watch.judge(held('b', { number: 4, file: 'run.lock.4' }))).toBe('silent');
});

it('never calls a process of this machine dead that lives, nor one of an older version, which shows no signs', () => {
  let now = 0;
  const watch = new LockWatch(() => now);
  const older = held('a', { number: 0, file: 'run.lock' });
  for (now of [0, 1e9]) {
    expect(watch.judge(held('a', { lives: true }))).toBe('lives');
    expect(watch.judge(older)).toBe('silent');
  }
});
