import { describe, expect, it } from 'vitest';
import { createActor, type SnapshotFrom, waitFor } from 'xstate';
import type { SearchEvent } from '../../../actors/events.ts';
import type { coordinatorMachine } from '../../../actors/run/machine.ts';
import type { RunPlan, RunProgress } from '../../../actors/run/run-plan.ts';
import type { RunState } from '../../../actors/run/run-state.ts';
import { type Job, wireCoordinator } from '../../../actors/run/wiring.ts';
import { createSearchJob } from '../../../actors/search/search-job.ts';
import { SupernetCallError, SupernetLostError } from '../../../actors/supernet/supernet.ts';
import { startAlternation } from '../../../src/optimize/dscd/alternation.ts';
import { CheckpointError, listCheckpoints, readCheckpointName } from '../../../src/record/checkpoint-file.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import { networkState } from '../../support/fake-supernet.ts';
import { type MadeUp, madeUpRun, madeUpSearch, PLAN, readLines } from '../../support/made-up-session.ts';

type Snapshot = SnapshotFrom<typeof coordinatorMachine>;

const BEGINNING: RunProgress = { epoch: 0, iteration: 0, alternation: startAlternation() };

/** Runs the machine of a job until a snapshot is as wanted; returns what the job reported. */
async function runUntil<State extends RunState, Done>(
  job: Job<State, Done>,
  wanted: (snapshot: Snapshot) => boolean,
  {
    plan = PLAN,
    progress = BEGINNING,
    fresh = true,
    state = null,
  }: { plan?: RunPlan; progress?: RunProgress; fresh?: boolean; state?: State | null } = {},
) {
  const events: object[] = [];
  const results: Done[] = [];
  const machine = wireCoordinator(job, plan, state, {
    opening: () => undefined,
    opened: () => events.push({ event: 'opened' }),
    event: (event) => events.push(event),
    finished: (result) => results.push(result),
  });
  const actor = createActor(machine, { input: { plan, progress, fresh } });
  actor.start();
  const snapshot = await waitFor(actor, wanted);
  actor.stop();
  return { events, results, snapshot };
}

const ended = ({ status }: Snapshot): boolean => status === 'done';

describe('the end of an epoch of a search', () => {
  /** The events at the end of an epoch in which the validation loss is this. */
  async function endEpochWith(loss: number): Promise<SearchEvent[]> {
    const { session } = await madeUpSearch(
      { noiseBatches: 0 },
      { pool: { measureAccuracy: () => ({ loss, correct: 1, pictures: 2 }) } },
    );
    const events: SearchEvent[] = [];
    const job = createSearchJob(session, (event) => events.push(event));
    const progress = { ...BEGINNING, epoch: 1, iteration: 6 };
    await runUntil(job, ({ context }) => context.progress.epoch === 2, { progress, fresh: false });
    return events;
  }

  it('with a validation loss that is not finite is reported with its epoch, and the search goes on', async () => {
    const events = await endEpochWith(Number.NaN);
    expect(events.map(({ event }) => event).slice(0, 2)).toEqual(['epoch', 'warning']);
    const message = 'the validation loss after epoch 2 is NaN, null in the record';
    expect(events).toContainEqual({ event: 'warning', message });
  });

  it('with one that is finite is no reason for a warning', async () => {
    const kinds = (await endEpochWith(1)).map(({ event }) => event);
    expect(kinds).toContain('epoch');
    expect(kinds).not.toContain('warning');
  });
});

/** A whole search: its events in order, and its result. */
async function searchThrough(input: SearchOptionsInput, plan: RunPlan, given: MadeUp = {}) {
  const made = await madeUpSearch({ noiseBatches: 0, ...input }, given);
  const told: SearchEvent[] = [];
  const job = createSearchJob(made.session, (event) => told.push(event));
  return { ...made, told, ...(await runUntil(job, ended, { plan })) };
}

describe('a wired search', () => {
  it('goes through its iterations and epochs to a result', async () => {
    const plan: RunPlan = { ...PLAN, epochs: 2, iterationsPerEpoch: 2 };
    const { told, results, snapshot, events } = await searchThrough({}, plan);
    expect(snapshot.value).toBe('done');
    expect(told.map(({ event }) => event)).toEqual(['step', 'step', 'epoch', 'step', 'step', 'epoch']);
    expect(told.flatMap((event) => (event.event === 'step' ? [[event.step, event.steps]] : []))).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 4],
    ]);
    expect(results).toMatchObject([{ event: 'done' }]);
    const checkpoints = [0, 2, 4].map((step) => ({ event: 'checkpoint', step }));
    expect(events).toEqual([{ event: 'opened' }, ...checkpoints]);
  });

  it('whose supernet is lost goes back to the checkpoint, and comes to the same alpha', async () => {
    const plan: RunPlan = { ...PLAN, epochs: 2, iterationsPerEpoch: 3 };
    const undisturbed = await searchThrough({ proposals: 2 }, plan);
    let steps = 0;
    const weightsStep = () => {
      steps++;
      if (steps === 5) throw new SupernetLostError('gone');
      return { loss: 1, correct: 1, gradientNorm: 1 };
    };
    const disturbed = await searchThrough({ proposals: 2 }, plan, { supernet: { weightsStep } });
    expect(disturbed.events).toContainEqual({ event: 'recovered', step: 3, cause: 'gone: its last words' });
    expect(disturbed.supernets.map(({ stopped }) => stopped)).toEqual([true, true, false]);
    expect(disturbed.supernets.at(-1)?.calls.slice(0, 2)).toEqual(['open', 'restore']);
    expect(disturbed.results[0]?.alphaDigest).toBe(undisturbed.results[0]?.alphaDigest);
    expect(disturbed.session.totals).toEqual(undisturbed.session.totals);
  });
});

describe('a search that goes back', () => {
  const PLAN_OF_TEN: RunPlan = { ...PLAN, epochs: 10, iterationsPerEpoch: 6, stepMode: 'local' };

  /**
   * A search by DARTS-ADA whose eigenvalue doubles from epoch to epoch at the first decay of w. Its weight counts the steps.
   *
   * @param onStep hears the decay of each step, and may throw
   */
  async function adaptive(onStep: (decay: number, step: number) => void = () => undefined) {
    let [weight, made, decay] = [0, 0, 0];
    const supernet: MadeUp['supernet'] = {
      weightsStep: ({ settings }) => {
        decay = settings.weightDecay;
        onStep(decay, made++);
        weight++;
        return { loss: weight, correct: 1, gradientNorm: 1 };
      },
      gradients: ({ mixing: { normal, reduce } }) => {
        const slope = decay === 3e-4 ? 1.2 ** weight : 1;
        const gradient = { normal: normal.map((m) => slope * m), reduce: reduce.map((m) => slope * m) };
        return { loss: 1, correct: 1, perExample: Float32Array.of(1, 1), gradient };
      },
      save: () => networkState(weight),
      restore: ({ weights }) => {
        weight = weights.w?.[0] ?? Number.NaN;
        return null;
      },
    };
    const search = await madeUpSearch({ method: 'darts-ada', noiseBatches: 0, epochs: 10 }, { supernet });
    const told: SearchEvent[] = [];
    return { ...search, told, job: createSearchJob(search.session, (event) => told.push(event)) };
  }

  it('goes on from the state after the credited epoch, with more decay, and ends whole', async () => {
    const decays: number[] = [];
    const { job, told, folder, session } = await adaptive((decay) => decays.push(decay));
    const { events, results, snapshot } = await runUntil(job, ended, { plan: PLAN_OF_TEN });
    expect(snapshot.value).toBe('done');
    expect(results[0]?.wentBack).toEqual([{ after: 9, to: 3, weightsDecay: 3e-3 }]);
    const cause = 'went back from epoch 9 to epoch 3 because the eigenvalue rose, with weight decay 0.003';
    expect(events).toContainEqual({ event: 'wentBack', step: 18, cause });
    expect(decays).toEqual([...Array(9 * 6).fill(3e-4), ...Array(7 * 6).fill(3e-3)]);
    const epochs = told.flatMap((event) => (event.event === 'epoch' ? [event.epoch] : []));
    expect(epochs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 4, 5, 6, 7, 8, 9, 10]);
    session.metrics.flush();
    const lines = readLines<{ epoch?: number; weightsDecay?: number; weights?: { loss: number } }>(folder.metrics);
    expect(lines.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, undefined]);
    expect(lines.map(({ weightsDecay }) => weightsDecay)).toEqual([
      ...Array(3).fill(3e-4),
      ...Array(7).fill(3e-3),
      undefined,
    ]);
    // The weight went back too: the mean over the steps of an epoch.
    expect(lines[3]?.weights?.loss).toBe(18 + 3.5);
    expect(readLines<{ epoch: number }>(folder.alpha).map(({ epoch }) => epoch)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    // Epochs that may still be gone back to stay: the last seven.
    const steps = listCheckpoints(folder.checkpoints).map((path) => readCheckpointName(path)?.step);
    expect(steps).toEqual([4, 5, 6, 7, 8, 9, 10].map((epoch) => 36 + 6 * epoch));
  });

  it('comes to the same end after the supernet is lost as it goes on, and from the checkpoint that it wrote', async () => {
    const whole = await adaptive();
    const { results } = await runUntil(whole.job, ended, { plan: PLAN_OF_TEN });
    let lost = false;
    const disturbed = await adaptive((decay) => {
      if (decay === 3e-4 || lost) return;
      lost = true;
      throw new SupernetLostError('gone');
    });
    const { events, results: again } = await runUntil(disturbed.job, ended, { plan: PLAN_OF_TEN });
    expect(events).toContainEqual({ event: 'recovered', step: 18, cause: 'gone: its last words' });
    expect(again[0]).toEqual({ ...results[0], run: disturbed.folder.path });
  });
});

describe('wiring', () => {
  /** A job of no work. */
  async function emptyJob(changes: Partial<Job<RunState, string>> = {}, given: MadeUp = {}) {
    const made = await madeUpRun(given);
    const totals = { weights: { steps: 0, loss: 0, correct: 0, gradientNorm: 0 } };
    const job: Job<RunState, string> = {
      session: made.session,
      options: {},
      begin: () => undefined,
      weightsStep: async () => undefined,
      alphaStep: async () => 1,
      endOfEpoch: async () => 'next',
      finish: async () => 'the result',
      save: () => ({ totals }),
      restore: () => undefined,
      newestState: () => null,
      ...changes,
    };
    return { ...made, job };
  }

  it('hands over the result before the machine is done', async () => {
    const { job } = await emptyJob();
    expect((await runUntil(job, ended)).results).toEqual(['the result']);
  });

  it('ends with the error of the job', async () => {
    const error = new Error('the disk is full');
    const { job } = await emptyJob({ weightsStep: () => Promise.reject(error) });
    const { snapshot, results } = await runUntil(job, ended);
    expect([snapshot.value, snapshot.context.failure, results]).toEqual(['failed', error, []]);
  });

  it('begins anew if the supernet is lost before the first checkpoint', async () => {
    let begun = 0;
    let saves = 0;
    const save = () => {
      saves++;
      if (saves === 1) throw new SupernetLostError('gone');
      return { weights: {}, velocity: {}, statistics: {} };
    };
    const { job } = await emptyJob({ begin: () => void begun++ }, { supernet: { save } });
    const { events } = await runUntil(job, ended);
    expect(begun).toBe(2);
    expect(events).toContainEqual({ event: 'recovered', step: 0, cause: 'gone: its last words' });
  });

  it.each<[string, Partial<RunProgress>, Partial<Job<RunState, string>>, MadeUp, string]>([
    ['of an iteration beyond its epoch', { iteration: 99 }, {}, {}, 'iteration 99 of 6 after 1 of 3 epochs'],
    ['of an epoch beyond the run', { epoch: 4 }, {}, {}, 'iteration 0 of 6 after 4 of 3 epochs'],
    [
      'without the job’s part',
      {},
      {
        restore: () => {
          throw new TypeError('undefined');
        },
      },
      {},
      'checkpoint of iteration 6 does not hold the state of this run',
    ],
    [
      'of another network',
      {},
      {},
      {
        supernet: {
          restore: () => {
            throw new SupernetCallError('bad-request', 'the tensor w is missing');
          },
        },
      },
      'checkpoint of iteration 6 does not fit the network: the tensor w is missing',
    ],
  ])('refuses a checkpoint %s', async (_, progress, changes, given, said) => {
    const { job } = await emptyJob(changes, given);
    const state: RunState = {
      optionsDigest: '',
      progress: { epoch: 1, iteration: 0, alternation: startAlternation(), ...progress },
      network: networkState(),
      totals: job.save().totals,
      logs: {},
    };
    const { snapshot } = await runUntil(job, ended, { state });
    expect(snapshot.context.failure).toBeInstanceOf(CheckpointError);
    expect((snapshot.context.failure as Error).message).toContain(said);
  });
});
