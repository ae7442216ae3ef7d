import type { z } from 'zod';
import { readJsonLines } from './read-json-lines.ts';
import { decisionSchema, transitionSchema } from './run-schemas.ts';
import { ThinSample } from './thin-sample.ts';

/** Most proposals kept of those accepted, and of those rejected. */
const KEPT = 2000;

/** A proposal of a step on alpha. */
export interface RunProposal {
  /** Iteration, counted from 0. */
  readonly step: number;
  /** Such as `normal 0→2 sep_conv_3x3`. */
  readonly coordinate: string;
  readonly from: number;
  readonly to: number;
  readonly accepted: boolean;
}

/** What a trace says, all in all. */
export interface RunTrace {
  /** Time spent in each state of the coordinator, most first. */
  readonly states: readonly { readonly state: string; readonly seconds: number; readonly visits: number }[];
  /** Of many proposals, some: the trace holds all. */
  readonly proposals: readonly RunProposal[];
  /** How many proposals there were. */
  readonly proposed: number;
  readonly accepted: number;
}

/**
 * Reads a trace, in memory that does not grow with it. Events that are not known are passed over.
 *
 * @param gaps gets what could not be read
 */
export function readTrace(path: string, gaps: string[]): RunTrace {
  const clock = new StateClock();
  const samples = { accepted: new ThinSample<RunProposal>(KEPT), rejected: new ThinSample<RunProposal>(KEPT) };
  const gap = readJsonLines(
    path,
    (value) => {
      const transition = transitionSchema.safeParse(value);
      if (transition.success) clock.move(transition.data);
      if (transition.success) return true;
      const decision = decisionSchema.safeParse(value);
      if (decision.success) {
        for (const proposal of proposalsOf(decision.data))
          samples[proposal.accepted ? 'accepted' : 'rejected'].add(proposal);
      }
      return decision.success;
    },
    // Most of a trace may be other events: they are not worth parsing. A line of no event at all is damaged.
    (text) => !text.includes('"event":') || /"event":"(transition|decision)"/.test(text),
  );
  if (gap !== null) gaps.push(gap);
  const { accepted, rejected } = samples;
  return {
    states: clock.states,
    proposals: [...rejected.items, ...accepted.items].toSorted((a, b) => a.step - b.step),
    proposed: accepted.seen + rejected.seen,
    accepted: accepted.seen,
  };
}

function proposalsOf({ step, accepted, proposals }: z.output<typeof decisionSchema>): RunProposal[] {
  return proposals.map(({ cell, edge, primitive, from, to }, i) => ({
    step,
    coordinate: `${cell} ${edge[0]}→${edge[1]} ${primitive}`,
    from,
    to,
    accepted: i === accepted,
  }));
}

/** Adds up the time in each state. */
class StateClock {
  readonly #totals = new Map<string, { seconds: number; visits: number }>();
  #current: { readonly state: string; readonly since: number } | null = null;

  move({ t, from, to }: { readonly t: number; readonly from: string; readonly to: string }): void {
    // A run that was resumed, or went back, goes on from a state that the trace did not see it enter.
    if (this.#current?.state === from) this.#totalOf(from).seconds += Math.max(0, t - this.#current.since) / 1000;
    this.#totalOf(to).visits++;
    this.#current = { state: to, since: t };
  }

  get states(): RunTrace['states'] {
    return Array.from(this.#totals, ([state, total]) => ({ state, ...total })).toSorted(
      (a, b) => b.seconds - a.seconds,
    );
  }

  #totalOf(state: string): { seconds: number; visits: number } {
    const known = this.#totals.get(state) ?? { seconds: 0, visits: 0 };
    this.#totals.set(state, known);
    return known;
  }
}
