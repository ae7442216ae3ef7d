import type { TraceIndex } from './trace-index.ts';

/** How the coordinator spent a stretch of time. */
export interface Timeline {
  /** First and last moment, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Names of the states. */
  readonly states: readonly string[];
  /**
   * Pairs for each of the equal parts of the stretch: index of a state, and share of the part spent in it, in the order
   * of the states. The time between two sessions of a resumed run belongs to no state.
   */
  readonly bins: readonly (readonly number[])[];
}

/**
 * Measures the time by state over a stretch of a trace, by the rule of `StateClock`: a visit counts if the next
 * transition leaves its state.
 *
 * @param from start of the stretch. @default start of the trace
 * @param to end of the stretch. @default end of the trace
 * @param bins number of equal parts, at least 1
 */
export function measureTimeline(
  index: TraceIndex,
  bins: number,
  from: number = index.extent.first ?? 0,
  to: number = index.extent.last ?? 0,
): Timeline {
  const { times, states } = index;
  const width = (to - from) / bins;
  const spent = new Float64Array(bins * states.length);
  // The visit that began before the stretch reaches into it.
  for (let i = Math.max(0, times.search(from, true) - 1); width > 0 && i < times.length; i++) {
    if (times.at(i) >= to) break;
    const state = index.to.at(i);
    const last = i + 1 === times.length;
    if (!last && index.from.at(i + 1) !== state) continue;
    const start = Math.max(times.at(i), from);
    const end = Math.min(last ? (index.extent.last ?? start) : times.at(i + 1), to);
    addVisit(spent, states.length, state, (start - from) / width, (end - from) / width, bins);
  }
  return {
    from,
    to,
    states: [...states],
    bins: Array.from({ length: bins }, (_, bin) =>
      states.flatMap((_name, state) => {
        const share = spent[bin * states.length + state] as number;
        return share > 0 ? [state, Math.round(share * 1e4) / 1e4] : [];
      }),
    ),
  };
}

/** Adds a visit from `start` to `end`, both in widths of a part. */
function addVisit(spent: Float64Array, states: number, state: number, start: number, end: number, bins: number): void {
  for (let bin = Math.floor(start); bin < end && bin < bins; bin++) {
    spent[bin * states + state]! += Math.min(end, bin + 1) - Math.max(start, bin);
  }
}
