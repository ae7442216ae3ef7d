import { expect, it } from 'vitest';
import { SearchBench } from '../support/search-run.ts';

it('--inspect serves the run’s trace while it goes on, and until Ctrl-C', async () => {
  const bench = new SearchBench();
  const run = bench.start('run', ['--inspect']);
  const address = new Promise<string>((resolve) => {
    let told = '';
    run.child.stderr?.on('data', (chunk) => {
      told += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(told);
      if (found) resolve(found[0]);
    });
  });
  const page = await fetch(await address);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<html');
  await run.until(({ event }) => event === 'done');
  run.child.kill('SIGINT');
  expect((await run.ended).events.at(-1)?.event).toBe('done');
});
