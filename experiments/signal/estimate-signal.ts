import { type EngineSpeed, speedOf } from '../../src/engine/estimate.ts';
import { estimateRetraining } from '../../src/retrain/setup.ts';
import { estimateSearch, setUpSearch } from '../../src/search/setup.ts';
import { type Estimate, known, NO_WORK } from '../many-runs/estimate-runs.ts';
import { retrainingOptionsOf } from '../many-runs/plan-options.ts';
import type { RandomCell } from '../many-runs/random-cells.ts';
import type { RunOverrides } from '../many-runs/run-part.ts';
import { type SignalPlan, searchOptionsOf } from './signal-plan.ts';
import type { SignalTask } from './signal-task.ts';
import { VIEWS } from './supernet-view.ts';

/**
 * Estimates the runs of the experiment. The time of a supernet includes that of asking it.
 *
 * @param testPictures number of pictures in the test set
 */
export function estimateSignal(
  plan: SignalPlan,
  tasks: readonly SignalTask[],
  cells: readonly RandomCell[],
  testPictures: number,
  overrides: RunOverrides,
  cpu: EngineSpeed,
): Estimate {
  const needs = tasks.map((task) => {
    if (task.kind === 'cell') {
      const options = retrainingOptionsOf(plan, (cells[task.index] as RandomCell).genotype, task.seed, overrides);
      const { seconds, memoryBytes } = estimateRetraining(options, testPictures, cpu);
      return {
        memoryBytes,
        work: { search: NO_WORK, retraining: { seconds: known(seconds), epochs: options.epochs } },
      };
    }
    const options = searchOptionsOf(plan, task, overrides);
    const { seconds, memoryBytes, macs } = estimateSearch(options, setUpSearch(options), cpu);
    const pictures = plan.ages.length * VIEWS.length * cells.length * plan.miniBatches * options.batch;
    const asking = (pictures * macs) / known(speedOf(cpu)?.macs ?? null);
    return {
      memoryBytes,
      work: { search: { seconds: known(seconds) + asking, epochs: options.epochs }, retraining: NO_WORK },
    };
  });
  return {
    works: needs.map(({ work }) => work),
    memoryBytes: Math.max(...needs.map(({ memoryBytes }) => memoryBytes)),
  };
}
