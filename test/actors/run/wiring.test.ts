import { expect, it } from 'vitest';
import { createActor, waitFor } from 'xstate';
import type { SearchEvent } from '../../../actors/events.ts';
import type { CoordinatorInput, RunPlan } from '../../../actors/run/machine.ts';
import { wireCoordinator } from '../../../actors/run/wiring.ts';
import { createSearchJob } from '../../../actors/search/search-job.ts';
import type { Session } from '../../../actors/search/session.ts';
import { startAlternation } from '../../../src/optimize/dscd/alternation.ts';
import { resolveSearchOptions } from '../../../src/search/options.ts';
import { createSearchObjective } from '../../../src/search/search-objective.ts';
import { createAlphaOptimizer, setUpSearch } from '../../../src/search/setup.ts';

/** What happens at the end of an epoch in which the validation loss is this. */
async function endEpochWith(loss: number): Promise<SearchEvent[]> {
  const options = resolveSearchOptions({ noiseBatches: 0 }, 'smoke');
  const { method, objective, shape } = setUpSearch(options);
  const log = { append: () => undefined, flush: () => 0 };
  const session = {
    options,
    method,
    shape,
    objective: createSearchObjective(objective),
    optimizer: createAlphaOptimizer(options, setUpSearch(options)),
    totals: {
      weights: { steps: 6, loss: 6, correct: 6, gradientNorm: 6 },
      alpha: { localSteps: 6, globalSteps: 0, accepted: 0, returned: 0, loss: 6 },
    },
    stopwatch: { steps: 6, wallMs: 1, engineBeforeMs: 0 },
    metrics: log,
    alphaHistory: log,
    events: { appendScalars: () => undefined, appendHistogram: () => undefined, flush: () => 0 },
    address: '',
    evaluationBatches: () => 1,
    openSupernet: async () => null,
    rewindLogs: () => undefined,
    save: async () => undefined,
    client: { call: async () => ({ busyMs: 0 }) },
    pool: {
      takeStatistics: () => ({ utilization: 0, queueWaitMs: 0, deaths: 0 }),
      run: async () => ({ loss, correct: 1, pictures: 2 }),
    },
  };
  const events: SearchEvent[] = [];
  const tell = (event: SearchEvent): void => void events.push(event);
  const plan: RunPlan = {
    epochs: 3,
    iterationsPerEpoch: 6,
    alphaSteps: 'local',
    alternation: { minSteps: 2, switch: 'count' },
  };
  const job = createSearchJob(session as unknown as Session, tell);
  const machine = wireCoordinator(job, plan, null, { opened: () => undefined, event: tell });
  const input: CoordinatorInput = {
    plan,
    progress: { epoch: 1, iteration: 6, alternation: startAlternation() },
    fresh: false,
  };
  const actor = createActor(machine, { input });
  actor.start();
  await waitFor(actor, (snapshot) => snapshot.context.progress.epoch === 2);
  actor.stop();
  return events;
}

it('a validation loss that is not finite is reported with its epoch, and the search goes on', async () => {
  const events = await endEpochWith(Number.NaN);
  expect(events.map(({ event }) => event).slice(0, 2)).toEqual(['epoch', 'warning']);
  const message = 'the validation loss after epoch 2 is NaN, null in the record';
  expect(events).toContainEqual({ event: 'warning', message });
});

it('one that is finite is no reason for a warning', async () => {
  const kinds = (await endEpochWith(1)).map(({ event }) => event);
  expect(kinds).toContain('epoch');
  expect(kinds).not.toContain('warning');
});
