import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type AnyActorRef,
  createActor,
  createMachine,
  fromPromise,
  getInitialSnapshot,
  type InspectionEvent,
  transition as move,
  type Snapshot,
} from 'xstate';
import { type AfterEpoch, coordinatorMachine } from '../../actors/run/machine.ts';
import { planOfWeights, type StepInput } from '../../actors/run/run-plan.ts';
import { describeStatechart } from '../../actors/run/statechart.ts';
import { Trace } from '../../actors/run/trace.ts';
import { readStatelyEvents, type StatelyEvent, statelyEvents } from '../../src/inspector/stately-events.ts';
import type { AppendLog } from '../../src/record/append-file.ts';
import type { TraceLine } from '../../src/record/trace-line.ts';
import { decision, recovered, transition } from '../support/trace-lines.ts';

const CHART = describeStatechart();

describe('statelyEvents', () => {
  it('tells what XState itself tells an inspector of a run', async () => {
    const lines: TraceLine[] = [];
    const trace = new Trace({ append: (line: object) => lines.push(line as TraceLine) } as unknown as AppendLog);
    const told: InspectionEvent[] = [];
    const work = <Input>() => fromPromise<void, Input>(() => Promise.resolve());
    const machine = coordinatorMachine.provide({
      actors: {
        start: work(),
        weightsStep: work(),
        endOfEpoch: fromPromise<AfterEpoch, StepInput>(async () => 'next'),
        checkpoint: work(),
        finish: work(),
      },
    });
    let root: AnyActorRef | null = null;
    const progress = { epoch: 0, iteration: 0, alternation: { kind: 'local', steps: 0, best: null } } as never;
    const actor = createActor(machine, {
      input: { plan: planOfWeights(2, 2), progress, fresh: true },
      inspect: (inspection) => {
        trace.inspect(inspection);
        // The first actor is the machine's; its children are not in a trace.
        root ??= inspection.actorRef as AnyActorRef;
        if (inspection.actorRef === root) told.push(inspection);
      },
    });
    await new Promise<void>((done) => {
      actor.subscribe({ complete: done });
      actor.start();
    });

    const events = [...statelyEvents(CHART, lines)];
    const [first, ...rest] = events;
    if (first?.type !== '@xstate.actor') throw new Error('the actor comes first');
    const definition = JSON.parse(first.definition);
    expect(first.name).toBe('coordinator');
    expect(Object.keys(definition.states)).toEqual(Object.keys(coordinatorMachine.root.states));
    // XState takes the definition, and moves as the coordinator does.
    const defined = createMachine(definition, {
      guards: { mustWrite: () => false, epochComplete: () => true, canRecover: () => false },
    });
    const started = getInitialSnapshot(defined);
    expect(started.value).toBe('starting');
    const [next] = move(defined, started, { type: 'xstate.done.actor.0.coordinator.starting' });
    expect(next.value).toBe('endOfEpoch');
    const [lost] = move(defined, next, { type: 'xstate.error.actor.endOfEpoch' }) as [{ value: unknown }, unknown];
    expect(lost.value).toBe('failed');

    const own = told.flatMap((event) =>
      event.type === '@xstate.event' && event.event.type !== 'xstate.init' ? [event.event.type] : [],
    );
    const eventTypes = rest.flatMap((event) => (event.type === '@xstate.event' ? [event.event.type] : []));
    expect(eventTypes).toEqual(own);
    // XState tells of a state once it stays; those passed through come before it.
    const settled = rest.flatMap((event, i) =>
      event.type === '@xstate.snapshot' && rest[i + 1]?.type !== '@xstate.snapshot' ? [event.snapshot] : [],
    );
    const snapshots = told.flatMap((event) =>
      event.type === '@xstate.snapshot' && event.event.type !== 'xstate.init'
        ? [event.snapshot as Snapshot<unknown> & { value: string }]
        : [],
    );
    expect(settled.map(({ status, value }) => [status, value])).toEqual(
      snapshots.map(({ status, value }) => [status, value]),
    );
  });

  it('has the fields that the inspector’s protocol asks for, and the last decision as context', () => {
    const lines = [
      transition(1000.4, 'weightsStep', 'choosingStep'),
      transition(1001, 'choosingStep', 'localStep'),
      decision(1002, { step: 5 }),
      recovered(1003, 4, 'x'),
      transition(1004, 'localStep', 'a state of another version'),
    ];
    const events: StatelyEvent[] = JSON.parse(JSON.stringify([...statelyEvents(CHART, lines)]));
    expect(events.map(({ type }) => type.slice('@xstate.'.length))).toEqual([
      'actor',
      'event',
      'snapshot',
      'snapshot',
      'event',
      'snapshot',
    ]);
    for (const event of events) {
      expect(event).toMatchObject({ rootId: 'x:0', sessionId: 'x:0', _version: expect.any(String) });
      expect(event.createdAt).toMatch(/^\d+$/);
    }
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.at(-1)).toMatchObject({
      createdAt: '1004',
      event: { type: 'test' },
      snapshot: { status: 'active', value: 'a state of another version', context: decision(1002, { step: 5 }) },
    });
  });

  it('tells nothing of a trace in which nothing happened', () => {
    expect([...statelyEvents(CHART, [recovered(1, 0, 'x')])]).toEqual([]);
  });

  it('reads an old run without a statechart', () => {
    const events = [...readStatelyEvents(join(import.meta.dirname, '../record/old-run'))];
    const [first] = events;
    if (first?.type !== '@xstate.actor') throw new Error('the actor comes first');
    const definition = JSON.parse(first.definition);
    expect(definition.initial).toBe('starting');
    expect(definition.states.starting.on).toEqual({
      'xstate.done.actor.0.coordinator.starting': [{ target: 'betweenSteps' }],
    });
    expect(definition.states.done).toEqual({ type: 'final' });
    expect(events.at(-1)).toMatchObject({ snapshot: { status: 'done', value: 'done' } });
  });
});
