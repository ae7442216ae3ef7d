import type { TraceIndex } from './trace-index.ts';

/** How a stretch of time was spent. */
export interface Timeline {
  /** First and last moment, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Names of the states. */
  readonly states: readonly string[];
  /**
   * For each of the equal parts of the stretch, index of a state and the part's share spent in it, pair by pair, in
   * the order of the states. The rest, such as the time between two sessions of a resumed run, is nobody's.
   */
  readonly bins: readonly (readonly number[])[];
}

/**
 * The time by state over a stretch of a trace.
 *
 * @param from start of the stretch. @default the trace's
 * @param to end of the stretch. @default the trace's
 * @param bins equal parts, a positive integer
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
  // The visit that began before the stretch counts as well.
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

/** @param start first moment of a visit, in widths of a bin; `end` likewise */
function addVisit(spent: Float64Array, states: number, state: number, start: number, end: number, bins: number): void {
  for (let bin = Math.floor(start); bin < end && bin < bins; bin++) {
    spent[bin * states + state]! += Math.min(end, bin + 1) - Math.max(start, bin);
  }
}
