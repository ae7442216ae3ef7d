import { readFileSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

/** Functions for the tests of the module pool. */
export default function double(x: number): number {
  return 2 * x;
}

export async function sum(values: Float64Array): Promise<number> {
  return values.reduce((a, b) => a + b, 0);
}

export function fail(calls: string): never {
  count(calls);
  throw new RangeError('no such place');
}

export function failWithText(): never {
  throw 'just text';
}

/** Kills its thread as often as told, then answers by how often it was called. */
export function die({ calls, times }: { readonly calls: string; readonly times: number }): number {
  const called = count(calls);
  if (called <= times) process.exit(3);
  return called;
}

export function giveFunction(): () => void {
  return () => undefined;
}

/** Waits for the other one of two calls, so that both must be under way at once. */
export function meet(meeting: Int32Array): number {
  Atomics.add(meeting, 0, 1);
  Atomics.notify(meeting, 0);
  while (Atomics.load(meeting, 0) < 2) Atomics.wait(meeting, 0, 1);
  return threadId;
}

export const constant = 1;

/** Counts calls in a file, which outlives threads. */
function count(path: string): number {
  const calls = Number(readFileSync(path, 'utf8')) + 1;
  writeFileSync(path, String(calls));
  return calls;
}
