import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeStatechart } from '../../actors/run/statechart.ts';
import { readStatechart } from '../../src/record/statechart.ts';
import { SearchBench } from '../support/search-run.ts';

it('--inspect serves the run’s trace while it goes on, and until Ctrl-C', async () => {
  const bench = new SearchBench();
  const run = bench.start('run', ['--inspect']);
  const address = new Promise<string>((resolve) => {
    let told = '';
    run.child.stderr?.on('data', (chunk) => {
      told += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+\/[\w-]+\//.exec(told);
      if (found) resolve(found[0]);
    });
  });
  const page = await fetch(await address);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<html');
  await run.until(({ event }) => event === 'done');
  expect(readStatechart(join(bench.path('run'), 'statechart.json'))).toEqual(describeStatechart());
  expect(await (await fetch(`${await address}chart.svg`)).text()).toContain('<title>any error</title>');
  run.child.kill('SIGINT');
  expect((await run.ended).events.at(-1)?.event).toBe('done');
});
