import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { distinctRuns } from '../../src/record/distinct-runs.ts';

it('takes a folder once, by whatever path', () => {
  const place = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  onTestFinished(() => rmSync(place, { recursive: true }));
  const [one, two, link] = ['one', 'two', 'link'].map((name) => join(place, name)) as [string, string, string];
  mkdirSync(one);
  mkdirSync(two);
  symlinkSync(one, link);
  expect(distinctRuns([one, two, `${one}/`, link, `${two}/../one`, two])).toEqual([one, two]);
});

it('keeps missing folders, for their reader to name', () => {
  expect(distinctRuns(['/no/run', '/no/other', '/no/run/'])).toEqual(['/no/run', '/no/other']);
});
