import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SearchBench } from '../support/search-run.ts';

it('leaves a report of a run that was paused, and of one that ended', async () => {
  const bench = new SearchBench();
  const paused = bench.startHere('paused', ['--epochs', '1000'], { report: true });
  await paused.until(({ event }) => event === 'step');
  paused.interrupt();
  expect((await paused.ended).code).toBe(130);
  const ended = await bench.startHere('ended', [], { report: true }).ended;
  expect(ended.code).toBe(0);
  for (const name of ['paused', 'ended']) {
    expect(readFileSync(`${bench.path(name)}/report.html`, 'utf8')).toContain('</html>');
  }
});

it('leaves none where none is wanted', async () => {
  const bench = new SearchBench();
  expect((await bench.startHere('run').ended).code).toBe(0);
  expect(existsSync(`${bench.path('run')}/report.html`)).toBe(false);
});
