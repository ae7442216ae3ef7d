import type { EngineSpeed } from '../../src/engine/estimate.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { estimateRetraining } from '../../src/retrain/setup.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { estimateSearch, setUpSearch } from '../../src/search/setup.ts';
import { countEpochs } from '../../src/search/tuning.ts';
import type { RunWork } from './work-left.ts';

/** Needs of the runs of an experiment. */
export interface Estimate {
  /** Work of each run, in the order of the tasks. */
  readonly works: readonly RunWork[];
  /** Memory of the largest network. */
  readonly memoryBytes: number;
}

/** Work of a phase that a run lacks. */
export const NO_WORK = { seconds: 0, epochs: 0 };

/**
 * Estimates runs that search, retrain, or both.
 *
 * @param searches options of the search of every run; null if it makes none
 * @param retrainings options of each retraining of a run, with cells that stand in for those to be found
 * @param testPictures number of pictures in the test set
 */
export function estimateRuns(
  searches: readonly (SearchOptions | null)[],
  retrainings: readonly RetrainingOptions[],
  testPictures: number,
  cpu: EngineSpeed,
): Estimate {
  const trained = retrainings.map((options) => ({ ...options, ...estimateRetraining(options, testPictures, cpu) }));
  const retraining = {
    seconds: trained.reduce((sum, { seconds }) => sum + known(seconds), 0),
    epochs: trained.reduce((sum, { epochs }) => sum + epochs, 0),
  };
  const searched = searches.map((options) => {
    return options && { epochs: countEpochs(options), ...estimateSearch(options, setUpSearch(options), cpu) };
  });
  return {
    works: searched.map((search) => ({
      search: search === null ? NO_WORK : { seconds: known(search.seconds), epochs: search.epochs },
      retraining,
    })),
    memoryBytes: Math.max(0, ...[...trained, ...searched].map((needs) => needs?.memoryBytes ?? 0)),
  };
}

/** @throws Error if the time is not known; that of the CPU engine's native kernels is */
export function known(seconds: number | null): number {
  if (seconds === null) throw new Error('the speed of the CPU engine is not known');
  return seconds;
}
