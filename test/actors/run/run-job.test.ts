import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DoneEvent, SearchEvent } from '../../../actors/events.ts';
import { DivergedError } from '../../../actors/run/diverged-error.ts';
import { type PreparedRun, runJob } from '../../../actors/run/run-job.ts';
import { createSearchJob } from '../../../actors/search/search-job.ts';
import { newestState, type SearchState } from '../../../actors/search/search-session.ts';
import { type RunConfig, writeRunConfig } from '../../../src/record/run-folder.ts';
import { FAKE_ENGINE } from '../../support/fake-supernet.ts';
import { type MadeUp, madeUpSearch, PLAN } from '../../support/made-up-session.ts';

/** A search of two epochs of two iterations, ready to go, and the events that it will report. */
async function prepare(given: MadeUp = {}, changes: Partial<PreparedRun<SearchState, DoneEvent>> = {}) {
  const made = await madeUpSearch({ noiseBatches: 0 }, given);
  const events: SearchEvent[] = [];
  const onEvent = (event: SearchEvent): void => void events.push(event);
  const { folder, options } = made;
  const config: RunConfig = JSON.parse(readFileSync(folder.config, 'utf8'));
  const run: PreparedRun<SearchState, DoneEvent> = {
    folder,
    config,
    plan: { ...PLAN, epochs: 2, iterationsPerEpoch: 2 },
    state: newestState(folder, options),
    checkpointSeconds: 1000,
    estimate: () => ({ parameters: 5, macs: 6, memoryBytes: 7, seconds: 8 }),
    job: createSearchJob(made.session, onEvent),
    onEvent,
    signal: undefined,
    ...changes,
  };
  return { ...made, run, events };
}

describe('a job', () => {
  it('runs to its end, reports everything in order and returns its result', async () => {
    const { run, events, pool, supernets, folder } = await prepare();
    const done = await runJob(run);
    expect(done).toMatchObject({ event: 'done', run: folder.path });
    expect(events.map(({ event }) => event)).toEqual([
      ...['started', 'checkpoint', 'step', 'step', 'epoch', 'checkpoint'],
      ...['step', 'step', 'epoch', 'checkpoint', 'done'],
    ]);
    expect(events.at(-1)).toBe(done);
    expect([pool.closed, supernets.every(({ stopped }) => stopped)]).toEqual([true, true]);
  });

  it('says what it needs when it starts, and notes its engine', async () => {
    const { run, events, folder } = await prepare();
    await runJob(run);
    const { memoryBytes, ...engine } = FAKE_ENGINE;
    expect(events[0]).toEqual({
      event: 'started',
      run: folder.path,
      step: 0,
      steps: 4,
      engine,
      parameters: 5,
      macs: 6,
      memoryBytes,
      expectedSeconds: 8,
    });
    expect(JSON.parse(readFileSync(folder.config, 'utf8'))).toMatchObject({ engine });
  });

  it('warns of an engine that takes memory as it goes, if the estimate is beyond the machine', async () => {
    const open = () => ({ ...FAKE_ENGINE, engine: 'tfjs' as const, memoryBytes: null });
    const estimate = () => ({ parameters: 5, macs: 6, memoryBytes: 2 ** 60, seconds: null });
    const { run, events } = await prepare({ supernet: { open } }, { estimate });
    await runJob(run);
    expect(events[0]).toMatchObject({ event: 'warning' });
    expect(events[1]).toMatchObject({ event: 'started', memoryBytes: 2 ** 60, expectedSeconds: null });
  });

  it.each([
    ['the same build', { build: 'b0 for AVX-512' }, { build: 'b0 for AVX-512' }, null],
    ['another build', { build: 'a0 for AVX2' }, { build: 'b0 for AVX-512' }, 'a0 for AVX2, now b0 for AVX-512'],
    ['a build, by a record that knows none', {}, { build: 'b0 for AVX-512' }, null],
    ['an engine that has none', { build: 'a0 for AVX2' }, {}, null],
  ])('that goes on with %s of the kernels warns if it is another', async (_, recorded, opened, builds) => {
    const { run, events, folder } = await prepare({ supernet: { open: () => ({ ...FAKE_ENGINE, ...opened }) } });
    const config = { ...run.config, engine: { ...FAKE_ENGINE, ...recorded } };
    writeRunConfig(folder, config);
    await runJob({ ...run, config });
    const warning = `the run began with another build of the kernels, it may end elsewhere: ${builds}`;
    expect(events[0]).toMatchObject(builds === null ? { event: 'started' } : { event: 'warning', message: warning });
    // The record names the build that the run began with.
    expect(JSON.parse(readFileSync(folder.config, 'utf8')).engine).toEqual(config.engine);
  });

  it('that goes on with an engine of other bits is refused before it touches its logs, unless it is allowed', async () => {
    const { run, events, folder } = await prepare();
    const config = { ...run.config, engine: { ...FAKE_ENGINE, fingerprint: 'ba9876543210' } };
    writeRunConfig(folder, config);
    await expect(runJob({ ...run, config })).rejects.toThrow(/^the engine here computes other bits than the run’s/);
    expect(events).toEqual([]);
    expect(readFileSync(folder.alpha, 'utf8')).toBe('');

    const second = await prepare({ parts: { folder } });
    await runJob({ ...second.run, config, otherEngine: true });
    expect(second.events[0]).toMatchObject({
      event: 'warning',
      message: expect.stringMatching(/^the run goes on with an engine that computes other bits/),
    });
    expect(second.events[1]).toMatchObject({ event: 'started' });
  });

  it('that is paused writes a checkpoint, and goes on from there to the same alpha', async () => {
    const undisturbed = await prepare();
    await runJob(undisturbed.run);
    const controller = new AbortController();
    const first = await prepare({}, { signal: controller.signal });
    const paused = await runJob({
      ...first.run,
      job: createSearchJob(first.session, (event) => {
        if (event.event === 'step' && event.step === 1) controller.abort();
      }),
    });
    expect(paused).toEqual({ event: 'paused', step: 1, run: first.folder.path });

    const second = await prepare({ parts: { folder: first.folder } }, {});
    const state = newestState(first.folder, first.options);
    expect(state?.progress).toMatchObject({ epoch: 0, iteration: 1 });
    const config = { ...second.run.config, engine: FAKE_ENGINE };
    const resumed = await runJob({ ...second.run, folder: first.folder, state, config });
    expect(second.events[0]).toMatchObject({ event: 'started', step: 1, expectedSeconds: 6 });
    expect(resumed).toEqual({ ...undisturbed.events.at(-1), run: first.folder.path });
  });

  it('that goes on from a checkpoint needs the engine in its record, unless another is allowed', async () => {
    const first = await prepare();
    await runJob(first.run);
    const state = newestState(first.folder, first.options);
    const config = { ...first.run.config, engine: null };
    const second = await prepare({ parts: { folder: first.folder } });
    await expect(runJob({ ...second.run, state, config })).rejects.toThrow(
      /^config.json must name the engine of a run/,
    );
    const third = await prepare({ parts: { folder: first.folder } });
    await runJob({ ...third.run, state, config, otherEngine: true });
    expect(third.events.at(-1)).toMatchObject({ event: 'done' });
  });

  it('that fails throws its error, and closes its session', async () => {
    const { run, pool } = await prepare({
      supernet: { weightsStep: () => ({ loss: Number.NaN, correct: 0, gradientNorm: 1 }) },
    });
    await expect(runJob(run)).rejects.toThrow(DivergedError);
    expect(pool.closed).toBe(true);
  });
});
