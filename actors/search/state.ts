import type { HybridState } from '../../src/optimize/dscd/hybrid.ts';
import type { RunFolder } from '../../src/record/run-folder.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import type { EpochTotals } from '../run/epoch-totals.ts';
import { newestRunState, type RunState } from '../run/run-state.ts';

/** What a search's checkpoint holds. */
export interface SearchState extends RunState {
  /** Alpha, Adam's moments, the acceptance window, the generator. */
  readonly optimizer: HybridState;
  readonly totals: EpochTotals;
}

/** The state in the newest checkpoint of a search; see `newestRunState`. */
export function newestState(folder: RunFolder, options: SearchOptions, steps = 0): SearchState | null {
  return newestRunState<SearchState>(folder, options, steps, ({ optimizer }) => {
    const alpha = optimizer.position.find((value) => !Number.isFinite(value));
    return alpha === undefined ? null : `alpha holds ${alpha}`;
  });
}
