import type { EngineSpeed } from '../../src/engine/estimate.ts';
import { estimateRetraining } from '../../src/retrain/setup.ts';
import { estimateSearch, setUpSearch } from '../../src/search/setup.ts';
import { STAND_IN } from '../cifar10/search-flags.ts';
import { type Estimate, known, NO_WORK } from '../many-runs/prepare-runs.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';
import { listTasks, retrainingOptionsOf, searchOptionsOf, type Table1Plan } from './table1-plan.ts';

/**
 * Estimates the runs of the table, with cells that stand in for those to be retrained.
 *
 * @param testPictures number of pictures in the test set
 */
export function estimateTable1(
  plan: Table1Plan,
  testPictures: number,
  overrides: RunOverrides,
  cpu: EngineSpeed,
): Estimate {
  const options = retrainingOptionsOf(plan, STAND_IN, 0, overrides);
  const trained = estimateRetraining(options, testPictures, cpu);
  const retraining = {
    seconds: plan.retrainings * known(trained.seconds),
    epochs: plan.retrainings * options.epochs,
  };
  let { memoryBytes } = trained;
  const works = listTasks(plan).map((task) => {
    if (task.epochs === null) return { search: NO_WORK, retraining };
    const search = searchOptionsOf(plan, task, overrides);
    const searched = estimateSearch(search, setUpSearch(search), cpu);
    memoryBytes = Math.max(memoryBytes, searched.memoryBytes);
    return { search: { seconds: known(searched.seconds), epochs: search.epochs }, retraining };
  });
  return { works, memoryBytes };
}
