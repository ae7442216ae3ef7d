import type { Statechart } from '../../src/record/statechart.ts';
import { coordinatorMachine } from './machine.ts';

type StateNode = (typeof coordinatorMachine.root.states)[keyof typeof coordinatorMachine.root.states];
type Transition = NonNullable<StateNode['always']>[number];

/** The coordinator's machine as data, for those who read a run folder without XState. */
export function describeStatechart(): Statechart {
  const { root } = coordinatorMachine;
  const states: StateNode[] = Object.values(root.states);
  const [initial] = root.initial.target;
  if (initial === undefined) throw new Error('the coordinator’s machine has no initial state');
  return {
    initial: initial.key,
    states: states.map(({ key, type, always }) => ({
      name: key,
      final: type === 'final',
      transient: always !== undefined,
    })),
    transitions: [
      ...states.flatMap((state) => [
        ...(state.always ?? []).flatMap((transition) => describe(state.key, '', transition)),
        ...[...state.transitions].flatMap(([event, all]) => all.flatMap((each) => describe(state.key, event, each))),
      ]),
      ...[...root.transitions].flatMap(([event, all]) => all.flatMap((each) => describe(null, event, each))),
    ],
  };
}

function describe(from: string | null, event: string, { target, guard }: Transition): Statechart['transitions'] {
  return (target ?? []).map(({ key }) => ({ from, to: key, event, label: labelOf(event, guard) }));
}

/** The guard with its parameters, or else the event; empty for XState's own events, such as the end of an actor. */
function labelOf(event: string, guard: unknown): string {
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'object' && guard !== null && 'type' in guard) {
    const params = 'params' in guard && typeof guard.params === 'object' ? guard.params : null;
    return [guard.type, ...Object.values(params ?? {})].join(' ');
  }
  return event.startsWith('xstate.') ? '' : event;
}
