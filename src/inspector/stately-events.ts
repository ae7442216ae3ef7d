import { runFiles } from '../record/run-folder.ts';
import { observeStatechart, readStatechart, type Statechart } from '../record/statechart.ts';
import type { DecisionLine, TraceLine } from '../record/trace-line.ts';
import { TraceReader } from '../record/trace-reader.ts';

/** Version of `@statelyai/inspect` whose events these are. */
const VERSION = '0.7.2';

/** Id of the only actor that a trace tells of, the coordinator. */
const SESSION = 'x:0';

/** Name of that actor. */
const COORDINATOR = 'coordinator';

/** Fields of every event of `@statelyai/inspect`. */
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

/** An inspection event of XState, in the form in which `@statelyai/inspect` sends it between processes. */
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
 * Reads the trace of a run as inspection events.
 *
 * @param run folder of the run
 * @throws RunFolderError if the folder holds no trace, or a line of it is damaged
 */
export function* readStatelyEvents(run: string): Generator<StatelyEvent> {
  const { trace, statechart } = runFiles(run);
  const chart = readStatechart(statechart) ?? observeStatechart(transitionsOf(new TraceReader(trace).read()));
  yield* statelyEvents(chart, new TraceReader(trace).read());
}

/**
 * Turns a trace into the inspection events that XState's own inspector takes: the coordinator with its machine, then
 * each event that it received and each state that it entered, transient states included.
 */
export function* statelyEvents(chart: Statechart, lines: Iterable<TraceLine>): Generator<StatelyEvent> {
  const finals = new Set(chart.states.flatMap(({ name, final }) => (final ? [name] : [])));
  const transients = new Set(chart.states.flatMap(({ name, transient }) => (transient ? [name] : [])));
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
      yield { type: '@xstate.actor', ...base(t), name: COORDINATOR, definition: defineMachine(chart), snapshot };
      began = true;
    }
    const event = { type: by };
    // A transient state is left by the event that led to it.
    if (!transients.has(from)) yield { type: '@xstate.event', ...base(t), event };
    const status = finals.has(to) ? 'done' : 'active';
    yield { type: '@xstate.snapshot', ...base(t), event, snapshot: { status, value: to, context } };
  }
}

function* transitionsOf(lines: Iterable<TraceLine>) {
  for (const line of lines) if (line.event === 'transition') yield line;
}

/** The statechart as a machine of XState, with conditions as the names of guards. */
function defineMachine({ initial, states, transitions }: Statechart): string {
  const leaving = (state: string | null): object => {
    const own = transitions.filter(({ from }) => from === state);
    const targetOf = ({ to, event, label }: Statechart['transitions'][number]): object => ({
      target: state === null ? `.${to}` : to,
      ...(label === '' || label === event ? {} : { guard: label }),
    });
    if (states.some(({ name, transient }) => name === state && transient)) return { always: own.map(targetOf) };
    const byEvent = Object.groupBy(own, ({ event }) => event);
    return { on: Object.fromEntries(Object.entries(byEvent).map(([event, all = []]) => [event, all.map(targetOf)])) };
  };
  const described = states.map(({ name, final }) => [name, final ? { type: 'final' } : leaving(name)]);
  return JSON.stringify({ id: COORDINATOR, initial, ...leaving(null), states: Object.fromEntries(described) });
}
