import { coordinatorMachine } from '../../actors/run/machine.ts';
import type { DecisionLine, TraceLine } from '../record/trace-line.ts';

/** Version of `@statelyai/inspect` whose events these are. */
const VERSION = '0.7.2';

/** The coordinator is the only actor that a trace tells of, and so the root. */
const SESSION = 'x:0';

/** What is common to all events of `@statelyai/inspect`. */
interface StatelyBase {
  readonly rootId: string;
  readonly sessionId: string;
  /** Milliseconds since 1970. */
  readonly createdAt: string;
  readonly id: string;
  readonly _version: string;
}

interface StatelySnapshot {
  readonly status: 'active' | 'done';
  readonly value: string;
  /** The last decision; empty before the first. */
  readonly context: Partial<DecisionLine>;
}

/** An inspection event of XState in the form that `@statelyai/inspect` sends from process to process. */
export type StatelyEvent =
  | (StatelyBase & {
      readonly type: '@xstate.actor';
      readonly name: string;
      /** The machine as JSON. */
      readonly definition: string;
      readonly snapshot: StatelySnapshot;
    })
  | (StatelyBase & { readonly type: '@xstate.event'; readonly event: { readonly type: string } })
  | (StatelyBase & {
      readonly type: '@xstate.snapshot';
      readonly event: { readonly type: string };
      readonly snapshot: StatelySnapshot;
    });

/**
 * A trace as the inspection events that XState's own inspector takes: the coordinator with its machine, then each
 * event it got and each state it entered, those passed through in no time as well.
 */
export function* statelyEvents(lines: Iterable<TraceLine>): Generator<StatelyEvent> {
  let began = false;
  let count = 0;
  let context: StatelySnapshot['context'] = {};
  const base = (t: number): StatelyBase => ({
    rootId: SESSION,
    sessionId: SESSION,
    createdAt: `${Math.round(t)}`,
    id: `${count++}`,
    _version: VERSION,
  });
  for (const line of lines) {
    if (line.event === 'decision') context = line;
    if (line.event !== 'transition') continue;
    const { t, from, to, by } = line;
    if (!began) {
      const snapshot = { status: 'active', value: from, context } as const;
      yield { type: '@xstate.actor', ...base(t), name: coordinatorMachine.id, definition: defineMachine(), snapshot };
      began = true;
    }
    const event = { type: by };
    // A state that is left by itself is left by the event that led to it.
    if (!isTransient(from)) yield { type: '@xstate.event', ...base(t), event };
    const status = stateNode(to)?.type === 'final' ? 'done' : 'active';
    yield { type: '@xstate.snapshot', ...base(t), event, snapshot: { status, value: to, context } };
  }
}

function isTransient(state: string): boolean {
  return stateNode(state)?.always !== undefined;
}

function stateNode(name: string) {
  const { states } = coordinatorMachine.root;
  return Object.hasOwn(states, name) ? states[name as keyof typeof states] : undefined;
}

/** The machine's own configuration; functions by name alone. */
function defineMachine(): string {
  return JSON.stringify(coordinatorMachine.config, (_, value) =>
    typeof value === 'function' ? { type: value.name } : value,
  );
}
