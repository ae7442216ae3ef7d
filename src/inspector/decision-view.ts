import { GrowingArray } from './growing-array.ts';
import type { DecisionFilter, TraceIndex } from './trace-index.ts';

/** Number of filters whose results are kept, so that going back to one costs nothing. */
const KEPT_FILTERS = 8;

/** Decisions that fit a filter, in order. Each is a row of the table. */
export interface DecisionView {
  readonly rows: number;
  /** Returns the index of the decision in a row. */
  decisionAt(row: number): number;
  /** Returns the first row whose decision has this index or a later one; `rows` if there is none. */
  rowOf(decision: number): number;
}

interface Kept {
  readonly generation: number;
  /** Number of decisions checked. */
  seen: number;
  readonly fitting: GrowingArray<Uint32Array>;
}

/** Finds the decisions that fit a filter, and checks each only once while the trace grows. */
export class DecisionViews {
  readonly #index: TraceIndex;
  readonly #kept = new Map<string, Kept>();

  constructor(index: TraceIndex) {
    this.#index = index;
  }

  view(filter: DecisionFilter): DecisionView {
    const index = this.#index;
    if (Object.keys(filter).length === 0) {
      const rows = index.decisions;
      return { rows, decisionAt: (row) => row, rowOf: (decision) => Math.max(0, Math.min(decision, rows)) };
    }
    const { fitting } = this.#update(filter);
    return {
      rows: fitting.length,
      decisionAt: (row) => fitting.at(row),
      rowOf: (decision) => fitting.search(decision),
    };
  }

  #update(filter: DecisionFilter): Kept {
    const key = JSON.stringify(Object.entries(filter).toSorted());
    const { generation, decisions } = this.#index;
    const found = this.#kept.get(key);
    const kept =
      found?.generation === generation ? found : { generation, seen: 0, fitting: new GrowingArray(Uint32Array) };
    // The filter used last comes last in the map's order.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size > KEPT_FILTERS) this.#kept.delete(oldest);
    const fits = this.#index.matcher(filter);
    for (; kept.seen < decisions; kept.seen++) if (fits(kept.seen)) kept.fitting.push(kept.seen);
    return kept;
  }
}
