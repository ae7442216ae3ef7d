import { z } from 'zod';
import { readJsonLines } from './read-json.ts';
import { StateClock } from './state-clock.ts';
import { decisionLine, tracedProposal, transitionLine } from './trace-line.ts';

/** Largest number of accepted proposals kept, and of rejected ones. */
const KEPT = 2000;

/** A proposal of a step on alpha. */
export interface RunProposal {
  /** Number of the iteration, counted from 0, as the trace holds it. */
  readonly step: number;
  /** Name of the coordinate, such as `normal 0→2 sep_conv_3x3`. */
  readonly coordinate: string;
  readonly from: number;
  readonly to: number;
  readonly accepted: boolean;
}

/** Summary of a trace. */
export interface RunTrace {
  /** Time spent in each state of the coordinator, longest first, and how often it was entered. */
  readonly states: readonly { readonly state: string; readonly seconds: number; readonly visits: number }[];
  /** A sample of the proposals, by iteration; all of them if there are few. */
  readonly proposals: readonly RunProposal[];
  /** Number of all proposals. */
  readonly proposed: number;
  readonly accepted: number;
}

/** The fields that the summary needs: an old trace may lack others. */
const movedLine = transitionLine.omit({ by: true });
const decidedLine = decisionLine.pick({ event: true, step: true }).extend({
  accepted: decisionLine.shape.accepted.catch(null),
  proposals: z.array(tracedProposal.omit({ loss: true })),
});

/**
 * Reads a trace in memory that does not grow with it. Unknown events are skipped.
 *
 * @param gaps receives a sentence if something cannot be read
 */
export function readTrace(path: string, gaps: string[]): RunTrace {
  const clock = new StateClock();
  const samples = { accepted: new ThinSample<RunProposal>(KEPT), rejected: new ThinSample<RunProposal>(KEPT) };
  const gap = readJsonLines(
    path,
    (value) => {
      const transition = movedLine.safeParse(value);
      if (transition.success) clock.move(transition.data);
      if (transition.success) return true;
      const decision = decidedLine.safeParse(value);
      if (decision.success) {
        for (const proposal of proposalsOf(decision.data))
          samples[proposal.accepted ? 'accepted' : 'rejected'].add(proposal);
      }
      return decision.success;
    },
    // Other events are not worth parsing. A line without an event is damaged.
    (text) => !text.includes('"event":') || /"event":"(transition|decision)"/.test(text),
  );
  if (gap !== null) gaps.push(gap);
  const { accepted, rejected } = samples;
  return {
    states: clock.times
      .filter(({ entered }) => entered > 0)
      .map(({ state, entered, milliseconds }) => ({ state, seconds: milliseconds / 1000, visits: entered }))
      .toSorted((a, b) => b.seconds - a.seconds),
    proposals: [...rejected.items, ...accepted.items].toSorted((a, b) => a.step - b.step),
    proposed: accepted.seen + rejected.seen,
    accepted: accepted.seen,
  };
}

function proposalsOf({ step, accepted, proposals }: z.output<typeof decidedLine>): RunProposal[] {
  return proposals.map(({ cell, edge, primitive, from, to }, i) => ({
    step,
    coordinate: `${cell} ${edge[0]}→${edge[1]} ${primitive}`,
    from,
    to,
    accepted: i === accepted,
  }));
}

/** Keeps every k-th of the items added, with the smallest k of 1, 2, 4, ... that keeps at most `limit` items. */
export class ThinSample<T> {
  readonly #limit: number;
  #items: T[] = [];
  #stride = 1;
  #seen = 0;

  /** @param limit at least 1 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of items added so far. */
  get seen(): number {
    return this.#seen;
  }

  /** Kept items, in the order in which they were added. */
  get items(): readonly T[] {
    return this.#items;
  }

  add(item: T): void {
    if (this.#seen++ % this.#stride !== 0) return;
    this.#items.push(item);
    if (this.#items.length <= this.#limit) return;
    this.#items = this.#items.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }
}
