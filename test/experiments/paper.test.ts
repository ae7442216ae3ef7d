import { expect, it } from 'vitest';
import type { StartedEvent } from '../../actors/index.ts';
import { planNetwork } from '../../src/engine/cpu/plan/plan.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import { setUpSearch } from '../../src/search/setup.ts';
import { LocalRun, SearchBench } from '../support/search-run.ts';

it('the preset paper says how long it takes and what it needs, and is resumed after Ctrl-C', async () => {
  const bench = new SearchBench();
  const few = ['--train-size', '48', '--batch', '8', '--evaluation-size', '8', '--epochs', '1', '--noise-batches', '0'];
  const engine = ['--engine', 'cpu', '--threads', '1'];
  const run = bench.startHere('run', ['--preset', 'paper', ...few, ...engine]);
  await run.until(({ event }) => event === 'step');
  run.interrupt();
  expect((await run.ended).code).toBe(130);
  const started = run.events.find(({ event }) => event === 'started') as StartedEvent;
  expect(started).toMatchObject({ step: 0, steps: 3, expectedSeconds: expect.any(Number) });

  const graph = buildSupernet(setUpSearch(resolveSearchOptions({}, 'paper')).network);
  const plan = planNetwork(graph, 8);
  const planned = 64 * (plan.lines + 2 * plan.scratchLines);
  // Schedules, stacks and what WebAssembly keeps for itself come on top.
  expect(Math.abs(started.memoryBytes / planned - 1)).toBeLessThan(0.05);

  const resumed = new LocalRun(['--resume', bench.path('run')]);
  const { code, stdout } = await resumed.ended;
  expect(code).toBe(0);
  const mebibytes = (started.memoryBytes / 2 ** 20).toFixed(0);
  expect(stdout).toMatch(new RegExp(`^needs +about ${mebibytes} MiB for the network, about [\\d.]+ m?s$`, 'm'));
  expect(stdout).toContain(`record of the run: ${bench.path('run')}`);
});
