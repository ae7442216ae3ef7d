import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import { coordinatorMachine, MAX_RESTARTS } from '../../../actors/run/machine.ts';
import {
  countAlphaSteps,
  iterationsMade,
  progressOf,
  type RunPlan,
  type RunProgress,
  tuningProgress,
} from '../../../actors/run/run-plan.ts';
import { SupernetLostError } from '../../../actors/supernet/supernet.ts';
import { startAlternation } from '../../../src/optimize/dscd/alternation.ts';

type Snapshot = SnapshotFrom<typeof coordinatorMachine>;

const plan: RunPlan = {
  epochs: 2,
  iterationsPerEpoch: 6,
  stepMode: 'alternating',
  alphaEvery: 1,
  alphaRest: 0,
  alternation: { minSteps: 2, switch: 'stalled' },
};
const beginning: RunProgress = { epoch: 0, iteration: 0, alternation: startAlternation() };

function begin(changes: Partial<RunPlan> = {}, progress = beginning): Snapshot {
  const [snapshot] = initialTransition(coordinatorMachine, { plan: { ...plan, ...changes }, progress, fresh: false });
  return snapshot;
}

/** The actor in progress succeeds with an output. */
function succeed(snapshot: Snapshot, output?: unknown): Snapshot {
  const type = `xstate.done.actor.0.coordinator.${String(snapshot.value)}`;
  const event = { type, output } as unknown as Parameters<typeof transition<typeof coordinatorMachine>>[2];
  return transition(coordinatorMachine, snapshot, event)[0] as Snapshot;
}

/** The actor in progress fails. */
function fail(snapshot: Snapshot, error: unknown): Snapshot {
  const type = `xstate.error.actor.0.coordinator.${String(snapshot.value)}` as const;
  return transition(coordinatorMachine, snapshot, { type, error })[0] as Snapshot;
}

function send(snapshot: Snapshot, type: 'pause' | 'resume' | 'checkpoint'): Snapshot {
  return transition(coordinatorMachine, snapshot, { type })[0] as Snapshot;
}

/** Runs until the machine is final, with the losses given to the steps on alpha; returns the states visited. */
function visit(snapshot: Snapshot, losses: (step: number) => number = () => 1): string[] {
  const states = [String(snapshot.value)];
  let step = 0;
  let now = snapshot;
  while (now.status === 'active') {
    now = succeed(now, String(now.value).endsWith('Step') && now.value !== 'weightsStep' ? losses(step++) : undefined);
    states.push(String(now.value));
  }
  return states;
}

describe('the way through a search', () => {
  it('is steps on w and alpha in turn, an end and a checkpoint an epoch, and the finish', () => {
    expect(visit(begin({ epochs: 1, iterationsPerEpoch: 2, stepMode: 'local' }))).toEqual([
      'starting',
      ...['weightsStep', 'localStep', 'weightsStep', 'localStep'],
      ...['endOfEpoch', 'checkpoint', 'finishing', 'done'],
    ]);
  });

  it('begins with a checkpoint if there is none to go back to', () => {
    const [snapshot] = initialTransition(coordinatorMachine, { plan, progress: beginning, fresh: true });
    expect(visit(snapshot).slice(0, 4)).toEqual(['starting', 'checkpoint', 'weightsStep', 'localStep']);
  });

  it('takes no step on alpha if the method moves none', () => {
    const states = visit(begin({ stepMode: 'none' }));
    expect(states.filter((s) => s === 'weightsStep')).toHaveLength(12);
    expect(states.some((s) => ['localStep', 'globalStep', 'jointStep'].includes(s))).toBe(false);
  });

  it('takes a step on alpha in every n-th iteration only, and trains w in all', () => {
    const states = visit(begin({ alphaEvery: 4, stepMode: 'local' })); // iterations 0, 4 | 8 of two epochs
    const steps = states.filter((s) => s.endsWith('Step'));
    const three = Array(3).fill('weightsStep');
    const round = ['weightsStep', 'localStep', ...three];
    expect(steps).toEqual([...round, ...round, ...round]);
  });

  it('leaves alpha at rest in the first epochs, and then begins with local steps', () => {
    const rested = visit(begin({ alphaRest: 1 })).filter((s) => s.endsWith('Step') || s === 'endOfEpoch');
    expect(rested.slice(0, 7)).toEqual([...Array(6).fill('weightsStep'), 'endOfEpoch']);
    const moving = visit(begin({ epochs: 1 })).filter((s) => s.endsWith('Step') || s === 'endOfEpoch');
    expect(rested.slice(7)).toEqual(moving);
    expect(visit(begin({ alphaRest: 0 }))).toEqual(visit(begin()));
  });

  it('is joint throughout if local and global steps are one', () => {
    expect(new Set(visit(begin({ stepMode: 'joint' })).filter((s) => /l.*Step|jointStep/.test(s)))).toEqual(
      new Set(['jointStep']),
    );
  });

  it('ends in a tuning, whose epochs begin with decisions, each with a checkpoint; alpha takes local steps there', () => {
    const tuning = { epochs: 3, every: 2, decisions: 4 };
    const states = visit(begin({ epochs: 4, iterationsPerEpoch: 1, stepMode: 'joint', tuning }));
    const decision = ['projection', 'checkpoint'];
    const epoch = (step: string) => ['weightsStep', step, 'endOfEpoch', 'checkpoint'];
    expect(states).toEqual([
      ...['starting', ...epoch('jointStep')],
      ...[...decision, ...decision, ...epoch('localStep'), ...epoch('localStep')],
      ...[...decision, ...decision, ...epoch('localStep'), 'finishing', 'done'],
    ]);
  });

  it('goes on from a checkpoint between two decisions', () => {
    const tuning = { epochs: 1, every: 0, decisions: 3 };
    const states = visit(begin({ epochs: 2, tuning }, { ...beginning, epoch: 1, decisions: 2 }));
    expect(states.slice(0, 4)).toEqual(['starting', 'projection', 'checkpoint', 'weightsStep']);
    const none = visit(begin({ epochs: 2, tuning }, { ...beginning, epoch: 1, decisions: 3 }));
    expect(none.slice(0, 2)).toEqual(['starting', 'weightsStep']);
  });

  it('ends after an epoch that says so, and does so again from its checkpoint', () => {
    const ending = begin({}, { ...beginning, iteration: 6 });
    const ended = succeed(succeed(ending), 'end');
    expect([ended.value, ended.context.progress]).toEqual(['checkpoint', { ...beginning, epoch: 1, stopped: true }]);
    expect(visit(ended)).toEqual(['checkpoint', 'finishing', 'done']);
    expect(visit(begin({}, ended.context.progress))).toEqual(['starting', 'finishing', 'done']);
    expect(succeed(succeed(ending), 'next').context.progress).not.toHaveProperty('stopped');
  });

  it('goes back after an epoch that says so, and goes on from the progress that it is given', () => {
    const going = succeed(succeed(begin({}, { ...beginning, epoch: 1, iteration: 6 })), 'back');
    expect([going.value, going.context.progress.epoch]).toEqual(['goingBack', 1]);
    const back = { ...beginning, undone: 12 };
    const [now, paused] = [going, send(going, 'pause')].map((snapshot) => succeed(snapshot, back));
    expect([now?.value, now?.context.progress]).toEqual(['weightsStep', back]);
    expect(paused?.value).toBe('checkpoint');
    expect(fail(going, new SupernetLostError('gone')).value).toBe('recovering');
    expect(iterationsMade({ plan, progress: { ...back, epoch: 1, iteration: 2 } })).toBe(12 + 8);
  });

  it('goes on from a checkpoint, also after the last epoch', () => {
    expect(visit(begin({}, { ...beginning, epoch: 2 }))).toEqual(['starting', 'finishing', 'done']);
    const late = visit(begin({}, { ...beginning, epoch: 1, iteration: 6 }));
    expect(late.slice(0, 3)).toEqual(['starting', 'endOfEpoch', 'checkpoint']);
  });
});

describe('Algorithm 1', () => {
  const kinds = (losses: number[]): string[] =>
    visit(begin(), (step) => losses[step] as number).filter((s) => s === 'localStep' || s === 'globalStep');

  it('never changes kind while every loss improves', () => {
    expect(new Set(kinds([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]))).toEqual(new Set(['localStep']));
  });

  it('changes kind after N steps at the first loss that is no improvement', () => {
    // N = 2: steps 0-2 are local (the loss stalls in step 2), 3-4 global (stalls at once, but N = 2), then local.
    expect(kinds([9, 8, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1])).toEqual(
      ['local', 'local', 'local', 'global', 'global', ...Array(7).fill('local')].map((k) => `${k}Step`),
    );
  });
});

describe('alpha in every n-th iteration', () => {
  it('moves by the same kinds of step as in a run n times as short', () => {
    const losses = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(losses, fc.integer({ min: 1, max: 6 }), (given, every) => {
        const kinds = (changes: Partial<RunPlan>): string[] =>
          visit(begin(changes), (step) => given[step] as number).filter((s) => /^(local|global)Step$/.test(s));
        expect(kinds({ alphaEvery: every, iterationsPerEpoch: 6 * every })).toEqual(kinds({}));
      }),
    );
  });

  it('counts its steps by epoch', () => {
    const counts = (changes: Partial<RunPlan>) =>
      [0, 1].map((epoch) => countAlphaSteps({ ...plan, ...changes }, epoch));
    expect(counts({})).toEqual([6, 6]);
    expect(counts({ alphaEvery: 2 })).toEqual([3, 3]);
    expect(counts({ alphaEvery: 4 })).toEqual([2, 1]);
    expect(counts({ alphaEvery: 4, alphaRest: 1 })).toEqual([0, 1]);
    expect(counts({ stepMode: 'none' })).toEqual([0, 0]);
    // It rests anew in each stage.
    const rests = [0, 1, 2, 3, 4].map((epoch) =>
      countAlphaSteps({ ...plan, epochs: 5, alphaRest: 1, stageStarts: [0, 2] }, epoch),
    );
    expect(rests).toEqual([0, 6, 0, 6, 6]);
  });
});

it('schedules and annealing go by the epochs before a tuning, and stay at their end in it', () => {
  const tuning = { epochs: 4, every: 1, decisions: 8 };
  const at = (epoch: number) => ({ plan: { ...plan, epochs: 6, tuning }, progress: { ...beginning, epoch } });
  expect([0, 1, 2, 3, 6].map((epoch) => progressOf(at(epoch)))).toEqual([0, 0.5, 1, 1, 1]);
  expect([0, 1, 2, 3, 6].map((epoch) => tuningProgress(at(epoch)))).toEqual([null, null, 0, 0.25, 1]);
  expect([0, 1].map((epoch) => tuningProgress({ ...at(epoch), plan }))).toEqual([null, null]);
});

describe('checkpoint and pause', () => {
  it('wait for the step in progress, and cost no step', () => {
    let now = succeed(begin()); // in the first weights step
    now = send(now, 'pause');
    expect(now.value).toBe('weightsStep');
    now = succeed(now);
    expect(now.value).toBe('localStep');
    now = succeed(now, 1);
    expect(now.value).toBe('checkpoint');
    now = succeed(now);
    expect(now.value).toBe('paused');
    now = send(now, 'resume');
    expect([now.value, now.context.progress.iteration]).toEqual(['weightsStep', 1]);
  });

  it('may come while the search finishes, which is then done again', () => {
    let now = begin({}, { ...beginning, epoch: 2 });
    while (now.value !== 'finishing') now = succeed(now);
    now = send(now, 'pause');
    expect([now.value, now.context.progress.epoch]).toEqual(['paused', 2]);
    expect(visit(send(now, 'resume'))).toEqual(['finishing', 'done']);
  });

  it('may come at any moment, any number of times: the same steps are made', () => {
    const steps = (states: string[]): string[] => states.filter((s) => s.endsWith('Step') || s === 'endOfEpoch');
    const undisturbed = steps(visit(begin()));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 40 }), { maxLength: 8 }), (moments) => {
        let now = begin();
        const states = [String(now.value)];
        for (let i = 0; now.status === 'active'; i++) {
          if (moments.includes(i)) now = send(now, 'checkpoint');
          now = succeed(now, 1);
          states.push(String(now.value));
        }
        expect(steps(states)).toEqual(undisturbed);
      }),
    );
  });
});

describe('errors', () => {
  const lost = new SupernetLostError('gone');

  it.each(['starting', 'weightsStep', 'localStep'])('a supernet lost in %s is replaced', (state) => {
    let now = begin();
    while (now.value !== state) now = succeed(now, 1);
    now = fail(now, lost);
    expect(now.value).toBe('recovering');
    const back: RunProgress = { epoch: 1, iteration: 3, alternation: startAlternation() };
    now = succeed(now, back);
    expect([now.value, now.context.progress]).toEqual(['weightsStep', back]);
  });

  it('one that keeps dying between two checkpoints ends the run, with the error', () => {
    let now = fail(succeed(begin()), lost);
    for (let restart = 1; restart < MAX_RESTARTS; restart++) now = fail(succeed(now, beginning), lost);
    expect(now.value).toBe('recovering');
    now = fail(now, lost);
    expect([now.value, now.status, now.context.failure]).toEqual(['failed', 'done', lost]);
  });

  it('a checkpoint in between makes the restarts count anew', () => {
    let now = fail(succeed(begin()), lost);
    now = succeed(now, beginning);
    now = send(now, 'checkpoint');
    while (now.value !== 'checkpoint') now = succeed(now, 1);
    expect(succeed(now).context.restarts).toBe(0);
  });

  it('any other error ends the run', () => {
    const error = new Error('the disk is full');
    const now = fail(succeed(begin()), error);
    expect([now.value, now.context.failure]).toEqual(['failed', error]);
  });
});

it('its context is plain data: it survives JSON', () => {
  const { context } = succeed(succeed(succeed(begin()), undefined), 1.5);
  expect(JSON.parse(JSON.stringify(context))).toEqual(context);
});
