import { z } from 'zod';
import { writeFileAtomically } from './atomic-file.ts';
import { readJson } from './read-json.ts';
import { hasEnded } from './trace-line.ts';

const statechart = z.object({
  /** Name of the state that a run begins in. */
  initial: z.string(),
  states: z.array(
    z.object({
      name: z.string(),
      /** Whether the run is over in this state. */
      final: z.boolean(),
      /** Whether the state is left in the moment in which it is entered. */
      transient: z.boolean(),
    }),
  ),
  transitions: z.array(
    z.object({
      /** Name of the state that is left; null if any state may be left. */
      from: z.string().nullable(),
      to: z.string(),
      /** Type of the event that causes the transition; empty if the state is transient, or the event unknown. */
      event: z.string(),
      /** Text at an arrow: the condition or the event; empty if the state's work simply ends. */
      label: z.string(),
    }),
  ),
});

/** The states and transitions of a coordinator: `statechart.json`. */
export type Statechart = Readonly<z.output<typeof statechart>>;

/** Writes a statechart atomically. */
export function writeStatechart(path: string, chart: Statechart): void {
  writeFileAtomically(path, `${JSON.stringify(chart, null, 2)}\n`);
}

/** Reads a statechart; null if the file is missing, as in an old run's folder, or damaged. */
export function readStatechart(path: string): Statechart | null {
  return readJson(path, statechart, []);
}

/** A transition of a trace, with the event that caused it if it is known. */
interface Observed {
  readonly from: string;
  readonly to: string;
  readonly by?: string;
}

/** The part of a statechart that a trace shows, in the order of the trace: a stand-in if the run wrote no statechart. */
export function observeStatechart(transitions: Iterable<Observed>): Statechart {
  const arrows = new Map<string, Observed>();
  for (const { from, to, by = '' } of transitions) arrows.set(JSON.stringify([from, to, by]), { from, to, by });
  const observed = [...arrows.values()];
  const left = new Set(observed.map(({ from }) => from));
  const names = new Set(observed.flatMap(({ from, to }) => [from, to]));
  return {
    initial: observed[0]?.from ?? '',
    states: Array.from(names, (name) => ({ name, final: hasEnded(name) && !left.has(name), transient: false })),
    transitions: observed.map(({ from, to, by = '' }) => ({ from, to, event: by, label: '' })),
  };
}
