import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FuzzPlace, runCase, TARGET_NAMES } from '../../tools/fuzz/fuzz.ts';
import { judgeEnding, judgeError } from '../../tools/fuzz/judge.ts';
import { makeRuns } from '../../tools/fuzz/run-folders.ts';

/** Cases of each target: some seconds in all. `npm run fuzz` makes as many as one has time for. */
const CASES = 12;

let place: FuzzPlace;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  place = { folder, runs: await makeRuns(folder, false) };
});

afterAll(() => rmSync(place.folder, { recursive: true, force: true, maxRetries: 5 }));

it.each(TARGET_NAMES.filter((name) => name !== 'resume'))('reads or refuses by one sentence: %s', async (name) => {
  for (let number = 0; number < CASES; number++) expect(await runCase(name, 0, number, place)).toBe(null);
});

it('finds what is no sentence about a rule', () => {
  const native = (() => {
    try {
      return (null as unknown as { x: number }).x;
    } catch (error) {
      return error;
    }
  })();
  expect(judgeError(native)).toMatch(/^TypeError: /);
  expect(judgeError(new RangeError('Invalid typed array length: -1'), ['RangeError'])).toMatch(/^words of JavaScript/);
  expect(judgeError(new RangeError('seed must be 1, got [object Object]'), ['RangeError'])).toMatch(/^words of/);
  expect(judgeError(new RangeError('seed must be an integer, got 0.5'), ['RangeError'])).toBe(null);
  expect(judgeEnding({ code: 1, stderr: 'Error: x\n    at f (a.ts:1:1)\n' })).toMatch(/^it ended with 1/);
  expect(judgeEnding({ code: 2, stderr: 'error: x\n    at f (a.ts:1:1)\n' })).toMatch(/^a stack trace/);
  expect(judgeEnding({ code: 2, stderr: 'error: the folder holds no run\n' })).toBe(null);
});
